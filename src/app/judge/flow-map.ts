import { ipSetOfAll, isSubsetIp, parseCidr } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";
import { hasPorts } from "../../core/net/l4.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { addressKey } from "../../pipeline/baseline/services/address-key.ts";
import type { ServiceUse } from "../../pipeline/baseline/services/service-use.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import type { FlowMap } from "../wire/namespaces.ts";
import type { FlowMapAsk } from "./judge.ts";
import type { LiveReading } from "./live-policies.ts";
import type { JudgedSet, NamespaceEvidence } from "./namespace-evidence.ts";

type Service = FlowMap["services"][number];
type Link = FlowMap["links"][number];

/** Where edges without ports go, which belong to no service. */
const portless: Pick<Service, "id" | "title" | "group"> = {
  id: "portless",
  title: "ICMP and other protocols",
  group: "other",
};
const restId = "rest";
const hourMs = 3_600_000;
const mostExamples = 5;
const mostPorts = 12;

interface Counted {
  readonly edge: Edge;
  readonly flows: number;
  readonly verdict: JudgedSet["verdicts"][number]["kind"];
}

/** Who talks to what: workloads, the services they use (the largest by flows, the others in one), and what is in force. */
export function flowMapOf(ask: FlowMapAsk, evidence: NamespaceEvidence, live: LiveReading): FlowMap {
  const today = evidence.judgedBy(live.key, live, () => live.policies);
  const wanted = new Set(ask.workloads);
  const counted = evidence.edges.flatMap((edge, i): Counted[] => {
    if (wanted.size > 0 && !wanted.has(formatWorkload(edge.workload))) return [];
    const flows = flowsWithin(edge, ask);
    return flows === 0 ? [] : [{ edge, flows, verdict: live.isKnown ? today.verdicts[i]!.kind : "unknown" }];
  });
  const useOf = new Map(evidence.uses.flatMap((use) => use.edges.map((edge) => [edge, use] as const)));
  const byService = Map.groupBy(counted, ({ edge }) => useOf.get(edge)?.service.id ?? portless.id);
  const services = [...byService]
    .map(([id, own]) => ({ id, own, flows: sumOf(own), use: useOf.get(own[0]!.edge) }))
    .toSorted((a, b) => b.flows - a.flows || (a.id < b.id ? -1 : 1));
  // One node of its own for a single service would say less than the service.
  const shown = services.length <= ask.most ? services : services.slice(0, ask.most - 1);
  const rest = services.slice(shown.length);
  const nodes = shown.map(({ use, own }) => serviceView(use, own));
  if (rest.length > 0)
    nodes.push(
      restView(
        rest.flatMap(({ own }) => own),
        rest.length,
      ),
    );
  const nodeOf = new Map(shown.map(({ id }) => [id, id]));
  const links = Map.groupBy(counted, ({ edge }) => {
    const id = useOf.get(edge)?.service.id ?? portless.id;
    return JSON.stringify([formatWorkload(edge.workload), nodeOf.get(id) ?? restId]);
  });
  const workloads = Map.groupBy(counted, ({ edge }) => formatWorkload(edge.workload));
  return {
    workloads: [...workloads]
      .map(([id, own]) => ({ id, flows: sumOf(own) }))
      .toSorted((a, b) => b.flows - a.flows || (a.id < b.id ? -1 : 1)),
    services: nodes,
    links: [...links]
      .map(([key, own]) => {
        const [workload, service] = JSON.parse(key) as [string, string];
        return linkView(workload, service, own);
      })
      .toSorted((a, b) => b.flows - a.flows || (a.workload + a.service < b.workload + b.service ? -1 : 1)),
  };
}

/** Flows of the hours that are asked for; those whose hours are not told count whole. */
function flowsWithin(
  { activity, flows, lastSeenMs }: Edge,
  { fromMs = -Infinity, toMs = Infinity }: FlowMapAsk,
): number {
  if ((fromMs === -Infinity && toMs === Infinity) || (activity.length === 0 && lastSeenMs === undefined)) return flows;
  return activity.reduce(
    (sum, each) => ((each.hour + 1) * hourMs > fromMs && each.hour * hourMs < toMs ? sum + each.flows : sum),
    0,
  );
}

function sumOf(counted: readonly Counted[]): number {
  return counted.reduce((sum, { flows }) => sum + flows, 0);
}

function serviceView(use: ServiceUse | undefined, own: readonly Counted[]): Service {
  const addresses = new Set(own.map(({ edge }) => addressKey(edge.address)));
  const names = use?.names ?? [];
  const examples = names.length > 0 ? names : [...new Set(own.map(({ edge }) => formatIp(edge.address)))];
  return {
    id: use?.service.id ?? portless.id,
    title: use?.service.title ?? portless.title,
    group: use === undefined ? portless.group : groupOf(use, own),
    destinations: addresses.size,
    examples: examples.slice(0, mostExamples),
    flows: sumOf(own),
    isRest: false,
  };
}

function restView(own: readonly Counted[], services: number): Service {
  return {
    id: restId,
    title: `${services} more services`,
    group: "rest",
    destinations: new Set(own.map(({ edge }) => addressKey(edge.address))).size,
    examples: [],
    flows: sumOf(own),
    isRest: true,
  };
}

/** Addresses that the internet does not route: RFC 1918, 6598, 3927, 4193 and 4291. */
const inside = ipSetOfAll(
  ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"].flatMap(
    (text) => {
      const cidr = parseCidr(text);
      return cidr.ok ? [cidr.value] : [];
    },
  ),
);

function groupOf({ service }: ServiceUse, own: readonly Counted[]): string {
  if (service.by === "catalogue" || service.by === "published") return "provider";
  if (service.by === "on-premises") return "private";
  const isInside = isSubsetIp(ipSetOfAll(own.map(({ edge }) => edge.address)), inside);
  if (isInside) return "private";
  return service.by === "name" ? "name" : "public";
}

function linkView(workload: string, service: string, own: readonly Counted[]): Link {
  const verdicts = new Set(own.map(({ verdict }) => verdict));
  const [first = "unknown"] = verdicts;
  const ports = new Set(
    own.map(({ edge: { protocol, port } }) => (hasPorts(protocol) ? `${protocol}/${port}` : protocol)),
  );
  const bytes = own.map(({ edge }) => edge.bytes);
  return {
    workload,
    service,
    flows: sumOf(own),
    bytes: bytes.includes(undefined) ? null : bytes.reduce((sum: number, each) => sum + (each ?? 0), 0),
    ports: [...ports].toSorted().slice(0, mostPorts),
    verdict: verdicts.size === 1 ? first : verdicts.has("unknown") && !verdicts.has("deny") ? "unknown" : "mixed",
  };
}
