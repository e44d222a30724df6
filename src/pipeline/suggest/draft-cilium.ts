import { formatIp } from "../../core/net/ip.ts";
import { hasPorts } from "../../core/net/l4.ts";
import { globPattern } from "../../core/net/name-pattern.ts";
import type {
  CiliumDraftDestination,
  CiliumDraftPort,
  CiliumDraftRule,
  CiliumPolicyDraft,
} from "../../core/policy/draft-cilium.ts";
import { namespaceLabel } from "../../core/policy/kinds/cilium/labels.ts";
import { everyLabel, labelSelector } from "../../core/policy/label-selector.ts";
import type { LabelSelector } from "../../core/policy/model.ts";
import type { Edge } from "../flows/edge.ts";
import type { KindAbilities, Need } from "./choose/choice.ts";
import { clusterDns } from "./cluster-dns.ts";
import type { DraftInput, DraftSuggestion } from "./draft-input.ts";
import {
  apiServerReason,
  DraftRules,
  fixedReason,
  headerLines,
  learnedReason,
  splitApiServer,
  writtenGuardrails,
} from "./draft-parts.ts";
import { notExpressibleIn } from "./not-expressible.ts";

type CiliumKind = CiliumPolicyDraft["kind"];
type BareRule = CiliumDraftRule extends infer Rule ? (Rule extends unknown ? Omit<Rule, "comment"> : never) : never;

const abilities: KindAbilities = {
  names: "subdomains",
  namesFollowPods: true,
  // Labels of nodes need a feature that is off by default; nodes are allowed as entities instead.
  nodes: false,
  ports: true,
  ipv6: true,
  denies: true,
  // Every block and port takes a place in the policy map of each pod, which holds 16,384 unless it is made larger.
  maxRules: 4000,
};

const everyName = globPattern("*");

/**
 * Guardrail denies, then the DNS rule that names are learned by, pods of the cluster as they were, the API server, nodes,
 * and what was learned. No rule denies the rest: a pod that a policy selects is denied what none allows.
 */
export function draftCiliumPolicy(kind: CiliumKind, input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, window } = input;
  const made = new DraftRules<BareRule>();
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    const to = { kind: "blocks" as const, blocks: [{ cidr, except: [] }] };
    made.add({ action: "deny", to, ports: [], asked: [] }, fixedReason("guardrail", reason));
  }
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  const { outside, toNodes } = splitNodes(
    input.needs(abilities),
    new Set(facts.nodes.flatMap(({ addresses }) => addresses.map(formatIp))),
  );
  const areNamed = outside.some(({ to }) => to.kind === "name");
  const hasSeveralLabels = outside.some(({ to }) => to.kind === "name" && to.pattern.kind === "subdomains");
  const dns = clusterDns(facts);
  if (areNamed) {
    const ports = [...new Set(dns.places.flatMap((place) => place.ports))].toSorted((a, b) => a - b);
    const reason = fixedReason("inside-cluster", "DNS, through the proxy that learns the addresses of names");
    made.add(
      allow(
        { kind: "endpoints", selectors: dns.places.map(({ namespace, labels }) => podsOf(namespace, labels)) },
        ports.map((port) => ({ protocol: "any", port })),
        true,
      ),
      reason,
    );
  }
  const inside = fixedReason("inside-cluster", "pods of this cluster, as before");
  made.add(allow({ kind: "endpoints", selectors: [allPods] }, []), inside);
  const apiPorts = [...new Set(facts.apiServer.map(({ port }) => port))].toSorted((a, b) => a - b);
  made.add(
    allow(
      { kind: "entities", entities: ["kube-apiserver"] },
      (apiPorts.length === 0 ? [6443] : apiPorts).map((port) => ({ protocol: "tcp", port })),
    ),
    apiServerReason(toApiServer, window),
  );
  if (toNodes.length > 0) {
    made.add(
      allow({ kind: "entities", entities: ["host", "remote-node"] }, portsOf(toNodes)),
      learnedReason(toNodes, window),
    );
  }
  for (const { to, ports, edges, choice } of outside) {
    if (to.kind === "nodes") continue;
    const destination: CiliumDraftDestination =
      to.kind === "name"
        ? { kind: "names", patterns: [to.pattern] }
        : { kind: "blocks", blocks: [{ cidr: to.cidr, except: [] }] };
    // Names that pods ask a server outside for are learned as well.
    const isDns = areNamed && to.kind === "cidr" && ports.length > 0 && ports.every(({ port }) => port === 53);
    made.add(allow(destination, ports, isDns), learnedReason(edges, window, [choice]));
  }
  return {
    draft: draftOf(kind, input, made.rules),
    reasons: made.reasons,
    notExpressible: notExpressibleIn(kind, others),
    cautions: [
      ...(areNamed && !dns.isKnown ? [unknownDns] : []),
      ...(facts.nodes.length === 0 ? [unknownNodes] : []),
      ...(hasSeveralLabels ? [severalLabels] : []),
    ],
  };
}

const unknownDns =
  "the cluster's DNS pods are not known, so the DNS rule names those of OpenShift and of `kube-system`; give a cluster " +
  "dump with `--cluster`";
const unknownNodes =
  "the nodes' addresses are not known: Cilium does not match nodes by address, so that rules for blocks do not open " +
  "connections to them; give a cluster dump with `--cluster`";

const severalLabels = "`**.` stands for several labels from Cilium 1.19 on; older versions read it as one label";

function draftOf(kind: CiliumKind, input: DraftInput, rules: readonly CiliumDraftRule[]): CiliumPolicyDraft {
  const { namespace } = input.baseline;
  const comment = headerLines(input);
  if (kind === "CiliumNetworkPolicy") {
    return { kind, namespace, name: "postern-egress", comment, endpointSelector: everyLabel, rules };
  }
  const name = `postern-egress-${namespace}`;
  return { kind, namespace: "", name, comment, endpointSelector: podsOf(namespace, {}), rules };
}

function allow(to: CiliumDraftDestination, ports: readonly CiliumDraftPort[], isAsked = false): BareRule {
  return { action: "allow", to, ports, asked: isAsked ? [everyName] : [] };
}

/** Without a namespace a selector is about the policy's own. */
const allPods: LabelSelector = labelSelector([{ key: namespaceLabel, operator: "Exists", values: [] }]);

function podsOf(namespace: string, labels: Readonly<Record<string, string>>): LabelSelector {
  return labelSelector([
    { key: namespaceLabel, operator: "In", values: [namespace] },
    ...Object.entries(labels).map(([key, value]) => ({ key: `k8s:${key}`, operator: "In" as const, values: [value] })),
  ]);
}

/** Traffic to nodes apart: neither a block nor a name ever matches them (policy-semantics §3.4). */
function splitNodes(
  needs: readonly Need[],
  nodes: ReadonlySet<string>,
): { readonly outside: readonly Need[]; readonly toNodes: readonly Edge[] } {
  const isNode = ({ address, prefixLength }: Edge): boolean =>
    prefixLength === undefined && nodes.has(formatIp(address));
  const toNodes = needs.flatMap(({ edges }) => edges.filter(isNode));
  const outside = needs.filter(({ edges }) => edges.length === 0 || !edges.every(isNode));
  return { outside, toNodes };
}

const protocolOrder = ["tcp", "udp", "sctp"] as const;

function portsOf(edges: readonly Edge[]): readonly CiliumDraftPort[] {
  const ports = new Map<string, CiliumDraftPort & { readonly protocol: (typeof protocolOrder)[number] }>();
  for (const { protocol, port } of edges) {
    if (hasPorts(protocol)) ports.set(`${protocol}/${port}`, { protocol, port });
  }
  return [...ports.values()].toSorted(
    (a, b) => protocolOrder.indexOf(a.protocol) - protocolOrder.indexOf(b.protocol) || a.port - b.port,
  );
}
