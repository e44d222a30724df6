/** The obvious way in Node.js: lines, `JSON.parse`, a map. The same columns, rules and sums as Postern's reader. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

interface Row {
  readonly K8S_ClusterName?: string;
  readonly SrcK8S_Namespace?: string;
  readonly SrcK8S_OwnerType?: string;
  readonly SrcK8S_OwnerName?: string;
  readonly SrcK8S_Name?: string;
  readonly SrcK8S_Type?: string;
  readonly SrcK8S_HostIP?: string;
  readonly DstAddr: string;
  readonly DstPort: number;
  readonly DstK8S_Type?: string;
  readonly SrcPort: number;
  readonly Proto: number;
  readonly Flags?: readonly string[];
  readonly FlowDirection?: number;
  readonly Duplicate?: boolean;
  readonly AgentIP?: string;
  readonly Bytes?: number;
  readonly Sampling?: number;
  readonly TimeFlowStartMs: number;
  readonly TimeFlowEndMs: number;
  readonly PktDropLatestDropCause?: string;
  readonly XlatDstAddr?: string;
  readonly XlatDstPort?: number;
}

interface Sums {
  flows: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
  readonly hours: Map<number, number>;
}

function isEgress(row: Row): boolean {
  if (row.SrcK8S_Type !== "Pod" || row.FlowDirection === 0 || row.Duplicate === true) return false;
  if (row.FlowDirection === undefined && row.AgentIP !== row.SrcK8S_HostIP) return false;
  if (row.DstK8S_Type === "Pod" || row.Flags?.includes("SYN_ACK") === true) return false;
  return row.Flags?.includes("SYN") === true || (row.SrcPort >= 1024 && row.DstPort < 1024);
}

const edges = new Map<string, Sums>();
const lines = createInterface({ input: createReadStream(process.argv[2]!, { highWaterMark: 1 << 20 }) });
for await (const line of lines) {
  const row = JSON.parse(line) as Row;
  if (!isEgress(row)) continue;
  const verdict = row.PktDropLatestDropCause?.startsWith("NetworkEvent_") === true ? "denied" : "seen";
  const owner = `${row.K8S_ClusterName ?? ""}|${row.SrcK8S_Namespace ?? ""}|${row.SrcK8S_OwnerType ?? ""}`;
  const name = row.SrcK8S_OwnerName ?? row.SrcK8S_Name ?? "";
  const target = `${row.XlatDstAddr ?? row.DstAddr}|${row.Proto}|${row.XlatDstPort ?? row.DstPort}|${verdict}`;
  const key = `${owner}|${name}|${target}`;
  let sums = edges.get(key);
  if (sums === undefined) {
    sums = { flows: 0, bytes: 0, firstMs: row.TimeFlowStartMs, lastMs: row.TimeFlowEndMs, hours: new Map() };
    edges.set(key, sums);
  }
  const hour = Math.floor(row.TimeFlowStartMs / 3_600_000);
  sums.flows += 1;
  sums.bytes += (row.Bytes ?? 0) * (row.Sampling ?? 1);
  sums.firstMs = Math.min(sums.firstMs, row.TimeFlowStartMs);
  sums.lastMs = Math.max(sums.lastMs, row.TimeFlowEndMs);
  sums.hours.set(hour, (sums.hours.get(hour) ?? 0) + 1);
}
const flows = [...edges.values()].reduce((sum, edge) => sum + edge.flows, 0);
console.log(JSON.stringify({ edges: edges.size, flows }));
