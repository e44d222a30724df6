import { closeSync, openSync, writeSync } from "node:fs";
import { type Random, seeded } from "./random.ts";

export interface NetobservCorpus {
  readonly records: number;
  readonly distinctEdges: number;
  readonly seed: number;
  /** 200 unless told. */
  readonly namespaces?: number;
  /** `sorted` as Go's encoding/json writes a map (Kafka exporter, stdout); `shuffled` as jsoniter writes it. */
  readonly keys: "sorted" | "shuffled";
}

interface Endpoint {
  readonly namespace: string;
  readonly owner: string;
  readonly ownerType: string;
  readonly pod: string;
  readonly address: string;
  readonly node: number;
}

interface Route {
  /** A pod that the workload also talks to, inside. */
  readonly peer: Endpoint;
  readonly from: Endpoint;
  readonly to: string;
  readonly port: number;
  readonly protocol: number;
}

const startMs = Date.UTC(2026, 8, 1);
const windowMs = 6 * 3_600_000;
const teams = ["payments", "orders", "catalog", "search", "identity", "mail", "billing", "reports", "stock", "web"];
const kinds = ["Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet", "Job"];
const ports = [443, 443, 443, 443, 5432, 8443, 587, 9093, 6379, 389];
const letters = "bcdfghjklmnpqrstvwxz2456789";

function hash(random: Random, length: number): string {
  return Array.from({ length }, () => letters[random.below(letters.length)]).join("");
}

function outsideAddress(random: Random): string {
  if (random.chance(0.05))
    return `2600:${(random.below(0xffff) + 1).toString(16)}:${random.below(255).toString(16)}::${(random.below(0xfffe) + 1).toString(16)}`;
  return `${11 + random.below(80)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
}

/** NetObserv flow records in their present form, about 900 bytes each, to a file of JSON lines. */
export function writeNetobservCorpus(
  path: string,
  { records, distinctEdges, seed, keys, namespaces = 200 }: NetobservCorpus,
): void {
  const random = seeded(seed);
  const pods: Endpoint[] = [];
  for (let n = 0; n < namespaces; n += 1) {
    const namespace = `${teams[n % teams.length]}-${["prod", "stage", "test"][n % 3]}-${n}`;
    for (let w = 0; w < 5; w += 1) {
      const ownerType = kinds[random.below(kinds.length)]!;
      const owner = `${teams[random.below(teams.length)]}-${["api", "worker", "sync", "export"][w % 4]}${w > 3 ? "-b" : ""}`;
      const name = ownerType === "Job" ? `${owner}-${29_000_000 + n}` : owner;
      for (let p = 0; p < 2; p += 1) {
        const pod = ownerType === "StatefulSet" ? `${name}-${p}` : `${name}-${hash(random, 9)}-${hash(random, 5)}`;
        const node = random.below(24);
        pods.push({
          namespace,
          owner: name,
          ownerType,
          pod,
          node,
          address: `10.${128 + (node >> 3)}.${node * 2 + (p & 1)}.${2 + random.below(250)}`,
        });
      }
    }
  }
  const routes: Route[] = Array.from({ length: distinctEdges }, (_, i) => ({
    from: pods[(i * 2 + random.below(2)) % pods.length]!,
    peer: pods[((i % pods.length) * 7) % pods.length]!,
    to: outsideAddress(random),
    port: ports[random.below(ports.length)]!,
    protocol: random.chance(0.03) ? 17 : 6,
  }));
  const file = openSync(path, "w");
  let lines: string[] = [];
  for (let i = 0; i < records; i += 1) {
    lines.push(record(random, routes, startMs + Math.floor((i / records) * windowMs), keys));
    if (lines.length === 4096 || i === records - 1) {
      writeSync(file, `${lines.join("\n")}\n`);
      lines = [];
    }
  }
  closeSync(file);
}

function record(random: Random, routes: readonly Route[], timeMs: number, keys: string): string {
  // Some destinations are busy, most are not; every route comes up.
  const route =
    routes[random.chance(0.5) ? random.below(routes.length) : random.below(random.below(routes.length) + 1)]!;
  const kind = random.below(100);
  const isReply = kind < 12;
  const isInternal = kind >= 12 && kind < 22;
  const isNode = kind >= 22 && kind < 26;
  const { peer } = route;
  const clientPort = 32_768 + random.below(28_000);
  const packets = 2 + random.below(60);
  const { from } = route;
  const node = `ip-10-0-${from.node}-17.eu-central-1.compute.internal`;
  const client = { address: isNode ? `10.0.${from.node}.17` : from.address, port: clientPort };
  const server = isInternal ? { address: peer.address, port: 8080 } : { address: route.to, port: route.port };
  const [src, dst] = isReply ? [server, client] : [client, server];
  const fields: [string, string][] = [
    ["AgentIP", `"10.0.${from.node}.17"`],
    ["Bytes", `${packets * (80 + random.below(600))}`],
    ["DnsErrno", "0"],
    ["Dscp", "0"],
    ["DstAddr", `"${dst.address}"`],
    ["DstMac", `"0a:58:0a:81:00:${(16 + random.below(200)).toString(16)}"`],
    ["DstPort", `${dst.port}`],
    ["Etype", route.to.includes(":") ? "34525" : "2048"],
    ["Flags", isReply ? '["SYN_ACK","ACK","PSH"]' : '["SYN","ACK","PSH","FIN_ACK"]'],
    ["FlowDirection", isReply ? "0" : "1"],
    ["IfDirections", isReply ? "[0,1]" : "[1,0]"],
    ["Interfaces", `["eth0","${hash(random, 15)}"]`],
    ["K8S_ClusterName", '"prod-eu-1"'],
    ["K8S_FlowLayer", '"app"'],
    ["Packets", `${packets}`],
    ["Proto", `${route.protocol}`],
    ["Sampling", "1"],
    ["SrcAddr", `"${src.address}"`],
    ["SrcMac", `"0a:58:0a:81:00:${(16 + random.below(200)).toString(16)}"`],
    ["SrcPort", `${src.port}`],
    ["TimeFlowEndMs", `${timeMs + random.below(15_000)}`],
    ["TimeFlowRttNs", `${1_000_000 + random.below(40_000_000)}`],
    ["TimeFlowStartMs", `${timeMs}`],
    ["TimeReceived", `${Math.floor(timeMs / 1000) + 16}`],
    ["Udns", '["default"]'],
    ["_RecordType", '"flowLog"'],
  ];
  const describe = (side: "Src" | "Dst", pod: Endpoint): void => {
    fields.push(
      [`${side}K8S_HostIP`, `"10.0.${pod.node}.17"`],
      [`${side}K8S_HostName`, `"ip-10-0-${pod.node}-17.eu-central-1.compute.internal"`],
      [`${side}K8S_Name`, `"${pod.pod}"`],
      [`${side}K8S_Namespace`, `"${pod.namespace}"`],
      [`${side}K8S_NetworkName`, '"primary"'],
      [`${side}K8S_OwnerName`, `"${pod.owner}"`],
      [`${side}K8S_OwnerType`, `"${pod.ownerType}"`],
      [`${side}K8S_Type`, '"Pod"'],
      [`${side}SubnetLabel`, '"Pods"'],
    );
  };
  const clientSide = isReply ? "Dst" : "Src";
  if (isNode)
    fields.push(
      [`${clientSide}K8S_Name`, `"${node}"`],
      [`${clientSide}K8S_Type`, '"Node"'],
      [`${clientSide}K8S_HostName`, `"${node}"`],
    );
  else describe(clientSide, from);
  if (isInternal) describe(isReply ? "Src" : "Dst", peer);
  if (keys === "sorted") fields.sort(([a], [b]) => (a < b ? -1 : 1));
  else
    for (let i = fields.length - 1; i > 0; i -= 1) {
      const j = random.below(i + 1);
      [fields[i], fields[j]] = [fields[j]!, fields[i]!];
    }
  return `{${fields.map(([key, value]) => `"${key}":${value}`).join(",")}}`;
}
