import { contains, equal, intervalSet } from "../net/interval-set.ts";
import {
  allAddresses,
  type Cidr,
  containsIp,
  type IpSet,
  ipSetOfAll,
  isEmptyIp,
  isSubsetIp,
  overlapsIp,
  parseCidr,
  ranges,
} from "../net/ip-set.ts";
import { type Family, formatIp, type IpAddress } from "../net/ip.ts";
import { anyL4, l4Point } from "../net/l4.ts";
import { quoted } from "../quoted.ts";
import { isFirewall } from "./effective.ts";
import { findingCatalogue, type FindingCode } from "./findings/catalogue.ts";
import { inspectTiers } from "./inspect-tiers.ts";
import { selects } from "./label-selector.ts";
import type { EgressPolicy, Finding, Rule, SourceLocation } from "./model.ts";
import { leavesOrderOpen } from "./tiers.ts";

/** What a cluster says about itself, as far as policies are judged by it; an empty list means "not known". */
export interface KnownCluster {
  readonly clusterNetworks: readonly Cidr[];
  readonly serviceNetworks: readonly Cidr[];
  readonly nodes: readonly {
    readonly addresses: readonly IpAddress[];
    readonly labels: Readonly<Record<string, string>>;
  }[];
  /** Where the API server really listens. */
  readonly apiServer: readonly { readonly address: IpAddress; readonly port: number }[];
}

const unknownCluster: KnownCluster = { clusterNetworks: [], serviceNetworks: [], nodes: [], apiServer: [] };

/**
 * Findings about policies as wholes: together, and against what is known of the cluster. Policies that a cluster would
 * not apply are only looked at for being written twice.
 */
export function inspectSet(
  policies: readonly EgressPolicy[],
  cluster: KnownCluster = unknownCluster,
): readonly Finding[] {
  const applied = policies.filter(({ notApplied }) => notApplied === undefined);
  const firewalls = applied.filter(isFirewall);
  const findings = [...inSameNamespace(policies)];
  for (const policy of firewalls) {
    findings.push(...leftOpen(policy, cluster));
    if (policy.kind === "EgressFirewall") findings.push(...cutOff(policy, cluster), ...withoutEffect(policy, cluster));
  }
  for (const policy of applied) findings.push(...blocksOfNodes(policy, cluster));
  for (const policy of applied.filter(({ kind }) => leavesOrderOpen(kind))) findings.push(...cutOff(policy, cluster));
  findings.push(...inspectTiers(applied, cluster.clusterNetworks));
  return findings;
}

function found(code: FindingCode, at: SourceLocation, message: string, more: Partial<Finding> = {}): Finding {
  const { severity, effect, fix } = findingCatalogue[code];
  return { code, severity, at, message, effect, fix, ...more };
}

function inSameNamespace(policies: readonly EgressPolicy[]): readonly Finding[] {
  const byName = new Map<string, EgressPolicy>();
  const legacy = new Map<string, EgressPolicy>();
  const findings: Finding[] = [];
  for (const policy of policies) {
    const { kind, namespace, name, at } = policy;
    const key = JSON.stringify([kind, namespace, name]);
    const same = byName.get(key);
    if (same === undefined) byName.set(key, policy);
    else {
      const what = `${kind} ${quoted(namespace === "" ? name : `${namespace}/${name}`)}`;
      findings.push(found("object_twice", at, `${what} is also written ${placeOf(same.at, at)}`));
    }
    if (kind !== "EgressNetworkPolicy") continue;
    const other = legacy.get(namespace);
    if (other === undefined) legacy.set(namespace, policy);
    else if (other.name !== name) {
      const message = `the namespace ${quoted(namespace)} has another EgressNetworkPolicy, ${quoted(other.name)}, ${placeOf(other.at, at)}`;
      findings.push(found("enp_two_in_namespace", at, message));
    }
  }
  return findings;
}

/** Where an object stands, told from another one. */
function placeOf({ file, line }: SourceLocation, from: SourceLocation): string {
  if (file === from.file) return line === undefined ? "in this file" : `on line ${line} of this file`;
  return `in ${quoted(file)}${line === undefined ? "" : `, line ${line}`}`;
}

/** Families in which some address is reached by no rule for every protocol: there the default, allow, decides. */
function leftOpen(policy: EgressPolicy, { clusterNetworks }: KnownCluster): readonly Finding[] {
  const covered = coveredByWholeRules(policy.rules);
  const isClosed = (family: Family): boolean =>
    family === 4 ? equal(covered.v4, allAddresses.v4) : equal(covered.v6, allAddresses.v6);
  const families = new Set(clusterNetworks.map(({ family }) => family));
  const isSingleStack = (family: Family): boolean => families.size > 0 && !families.has(family === 4 ? 6 : 4);
  // OpenShift SDN knows no IPv6.
  const [v4, v6] = [isClosed(4), policy.kind === "EgressNetworkPolicy" || isClosed(6)];
  if (v4 && v6) return [];
  if (!v4 && (!v6 || policy.kind === "EgressNetworkPolicy")) {
    return [
      found("deny_all_missing", policy.at, "no rule decides about the rest of the addresses, so they are allowed"),
    ];
  }
  const [code, closed, open] = v4 ? (["ipv6_left_open", 4, 6] as const) : (["ipv4_left_open", 6, 4] as const);
  const single = isSingleStack(closed);
  const message = `every IPv${closed} address is decided by a rule, IPv${open} is left open`;
  const more = single
    ? ({ severity: "note", effect: `nothing today: this cluster has IPv${closed} alone` } as const)
    : {};
  return [found(code, policy.at, message, more)];
}

/** Addresses that some rule takes with every protocol and port. */
function coveredByWholeRules(rules: readonly Rule[]): IpSet {
  const whole = rules.flatMap(({ to, l4 }) => (to.kind === "addresses" && equal(l4, anyL4) ? to.addresses : []));
  return { v4: intervalSet(whole.flatMap(({ v4 }) => v4)), v6: intervalSet(whole.flatMap(({ v6 }) => v6)) };
}

const apiPort = 6443;

function cutOff(policy: EgressPolicy, cluster: KnownCluster): readonly Finding[] {
  return cluster.apiServer.length > 0 ? cutOffEndpoints(policy, cluster) : maybeCutOff(policy);
}

/** The API server's endpoints are known: which rule decides about each? */
function cutOffEndpoints(policy: EgressPolicy, cluster: KnownCluster): readonly Finding[] {
  const pods = ipSetOfAll(cluster.clusterNetworks);
  const denied = new Map<Rule, string[]>();
  for (const { address, port } of cluster.apiServer) {
    if (containsIp(pods, address)) continue;
    // A node selector that nobody can resolve may well be the allow for the API server; a name is not.
    const decider = policy.rules.find(
      (rule) =>
        contains(rule.l4, l4Point("tcp", port)) &&
        (holds(rule, address, cluster) ?? (rule.action !== "deny" && mayBeForApiServer(rule))),
    );
    if (decider?.action !== "deny") continue;
    const endpoint = address.family === 6 ? `[${formatIp(address)}]:${port}` : `${formatIp(address)}:${port}`;
    denied.set(decider, [...(denied.get(decider) ?? []), endpoint]);
  }
  return [...denied].map(([rule, endpoints]) =>
    found(
      "api_server_cut_off",
      policy.ruleLocations[rule.written] ?? policy.at,
      `${quoted(rule.text)} denies the API server at ${endpoints.join(", ")}`,
      { fix: `before this rule, allow ${endpoints.join(", ")} (TCP), or a \`nodeSelector\` for control-plane nodes` },
    ),
  );
}

/** Whether the rule covers the address; undefined when nobody knows what its name or selector stands for. */
function holds({ to }: Rule, address: IpAddress, { nodes }: KnownCluster): boolean | undefined {
  if (to.kind === "addresses") return containsIp(to.addresses, address);
  if (to.kind !== "nodes" || nodes.length === 0) return undefined;
  return nodes.some(
    ({ addresses, labels }) => selects(to.selector, labels) && containsIp(ipSetOfAll(addresses), address),
  );
}

/** Nothing is known of the cluster: does anything before the deny-all look as if it were meant for the API server? */
function maybeCutOff(policy: EgressPolicy): readonly Finding[] {
  // The API server listens in the cluster's first family: mostly IPv4, so that is asked about where the policy has it.
  const likelyFamily = policy.rules.some((rule) => isWholeFamily(rule, 4)) ? 4 : 6;
  for (const rule of policy.rules) {
    if (!contains(rule.l4, l4Point("tcp", apiPort))) continue;
    if (rule.action !== "deny" && mayBeForApiServer(rule)) return [];
    if (rule.action === "deny" && isWholeFamily(rule, likelyFamily)) {
      const message = `${quoted(rule.text)} denies the API server: no rule before it allows nodes on TCP ${apiPort}`;
      return [found("api_server_cut_off", policy.ruleLocations[rule.written] ?? policy.at, message)];
    }
  }
  return [];
}

/** Nodes, port 6443 by its number, or every port of addresses that are nobody's on the Internet. */
function mayBeForApiServer({ to, l4 }: Rule): boolean {
  if (to.kind === "nodes") return true;
  if (to.kind !== "addresses") return false;
  return equal(l4, anyL4) ? overlapsIp(to.addresses, privateNetworks) : !isEmptyIp(to.addresses);
}

function isWholeFamily({ to }: Rule, family: Family): boolean {
  if (to.kind !== "addresses") return false;
  return equal(ranges(to.addresses, family), ranges(allAddresses, family));
}

/** RFC 1918, RFC 6598, RFC 4193. */
const privateNetworks = ipSetOfAll(
  ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"].flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr.ok ? [cidr.value] : [];
  }),
);

/** Rules that can never match on this cluster: inside networks that the firewall does not see, or without nodes. */
function withoutEffect(policy: EgressPolicy, cluster: KnownCluster): readonly Finding[] {
  const inside = ipSetOfAll([...cluster.clusterNetworks, ...cluster.serviceNetworks]);
  const findings: Finding[] = [];
  for (const { to, text, written } of policy.rules) {
    const at = policy.ruleLocations[written] ?? policy.at;
    if (to.kind === "addresses" && !isEmptyIp(to.addresses) && isSubsetIp(to.addresses, inside)) {
      const message = `${quoted(text)} lies inside the pod or service network`;
      findings.push(found("inside_cluster_network", at, message));
    } else if (to.kind === "nodes" && cluster.nodes.length > 0) {
      if (cluster.nodes.some(({ labels }) => selects(to.selector, labels))) continue;
      const message = `${quoted(text)} selects none of the ${cluster.nodes.length} nodes of this cluster`;
      findings.push(found("ef_node_selector_no_match", at, message));
    }
  }
  return findings;
}

/** Blocks that hold nothing but nodes, in a kind that never matches nodes by their addresses. */
function blocksOfNodes(policy: EgressPolicy, { nodes }: KnownCluster): readonly Finding[] {
  const inside = ipSetOfAll(nodes.flatMap(({ addresses }) => addresses));
  return policy.rules.flatMap(({ to, text, written, outsideOnly }) => {
    if (outsideOnly !== true || to.kind !== "addresses" || isEmptyIp(to.addresses)) return [];
    if (!isSubsetIp(to.addresses, inside)) return [];
    const at = policy.ruleLocations[written] ?? policy.at;
    return [found("cilium_cidr_inside_cluster", at, `${quoted(text)} only holds addresses of nodes`)];
  });
}
