import { intersect, union } from "../core/net/interval-set.ts";
import { type IpSet, intersectIp, isEmptyIp } from "../core/net/ip-set.ts";
import type { L4Set } from "../core/net/l4.ts";
import { compile } from "../core/policy/compile.ts";
import type { NetworkPolicyDraft } from "../core/policy/draft.ts";
import { type Exposure, exposure } from "../core/policy/exposure.ts";
import { formatLabelSelector } from "../core/policy/label-selector.ts";
import type { EgressPolicy, Rule } from "../core/policy/model.ts";
import { formatPolicyName } from "../core/policy/namespace-policies.ts";
import type { Edge } from "../pipeline/flows/edge.ts";
import type { Companions } from "../pipeline/suggest/companion/draft-companions.ts";
import type { PolicyWorld } from "../pipeline/verify/policy-world.ts";
import { judge, type ReplayVerdict } from "../pipeline/verify/replay.ts";
import type { ManifestPort } from "./suggestion.ts";

/** A NetworkPolicy that stands beside a firewall, as it was printed and read back. */
export interface Companion {
  readonly draft: NetworkPolicyDraft;
  readonly manifest: string;
  readonly policy: EgressPolicy;
  /** What its pods can reach with both in force; the firewall alone is the same for all pods. */
  readonly exposure: Exposure;
}

export interface CompanionProof {
  readonly companions: readonly Companion[];
  /** Needed traffic of pods whose labels are known that both together would not let pass; empty when the proof holds. */
  readonly counterexamples: readonly { readonly edge: Edge; readonly verdict: ReplayVerdict }[];
  /** Needed connections that were judged, and of them those that nothing is known about because labels are missing. */
  readonly judged: number;
  readonly unknown: number;
  readonly cautions: readonly string[];
}

/**
 * Prints companions, reads them back, and proves firewall and companions together: each needed connection passes both halves.
 * @param worldOf all policies that would then be in force
 * @param others what the namespace has today beside the firewall
 */
export function proveCompanions(
  drafted: Companions,
  firewall: EgressPolicy,
  needed: readonly Edge[],
  {
    manifests,
    worldOf,
    clusterNetworks,
    others,
  }: {
    readonly manifests: ManifestPort;
    readonly worldOf: (policies: readonly EgressPolicy[]) => PolicyWorld;
    readonly clusterNetworks: IpSet;
    readonly others: readonly EgressPolicy[];
  },
): CompanionProof {
  const printed = drafted.drafts.map((draft) => {
    const manifest = manifests.print(draft);
    const { policy } = manifests.read(manifest);
    // Printing and reading are held to each other by tests: that a draft cannot be read back is our fault.
    if (policy === undefined) throw new Error(`the printed NetworkPolicy ${draft.name} cannot be read back`);
    return { draft, manifest, policy };
  });
  const companions = printed.map((own): Companion => {
    const [first] = drafted.selected.get(own.draft) ?? [];
    const bearing = printed.filter(({ draft }) => {
      const selected = drafted.selected.get(draft);
      return draft === own.draft || selected === undefined || (first !== undefined && selected.includes(first));
    });
    const policies = bearing.map(({ policy }) => policy);
    return { ...own, exposure: commonExposure(firewall, policies, clusterNetworks) };
  });
  const world = worldOf([firewall, ...companions.map(({ policy }) => policy)]);
  const judged = needed.map((edge) => ({ edge, verdict: judge(edge, world) }));
  return {
    companions,
    counterexamples: judged.filter(({ verdict }) => verdict.kind === "deny"),
    judged: judged.length,
    unknown: judged.filter(({ verdict }) => verdict.kind === "unknown").length,
    cautions: [...drafted.cautions, ...sharedCautions(companions), ...addingCautions(companions, others)],
  };
}

/** What a firewall and network policies that add up leave open. A name that the firewall allows counts as unresolved. */
export function commonExposure(
  firewall: EgressPolicy,
  networkPolicies: readonly EgressPolicy[],
  clusterNetworks: IpSet,
): Exposure {
  const outside = networkPolicies.flatMap(({ rules }) =>
    rules.filter(({ action, to }) => action === "allow" && to.kind === "addresses"),
  );
  const rules = firewall.rules.flatMap((rule): readonly Rule[] => {
    if (rule.action !== "allow") return [rule];
    if (rule.to.kind === "addresses") return outside.flatMap((other) => bothOf(rule, other));
    const l4 = outside.reduce((found: L4Set, other) => union(found, intersect(rule.l4, other.l4)), []);
    return l4.length === 0 ? [] : [{ ...rule, l4 }];
  });
  return exposure(compile({ rules, otherwise: "deny" }, { excluded: clusterNetworks }), clusterNetworks);
}

function bothOf(rule: Rule, other: Rule): readonly Rule[] {
  if (rule.to.kind !== "addresses" || other.to.kind !== "addresses") return [];
  const l4 = intersect(rule.l4, other.l4);
  const addresses = intersectIp(rule.to.addresses, other.to.addresses);
  return l4.length === 0 || isEmptyIp(addresses) ? [] : [{ ...rule, to: { kind: "addresses", addresses }, l4 }];
}

/** The API server keeps objects apart by name: two workloads whose names are cut to the same one would overwrite each other. */
function sharedCautions(companions: readonly Companion[]): readonly string[] {
  const byName = Map.groupBy(companions, ({ draft }) => draft.name);
  return [...byName.values()]
    .filter((own) => own.length > 1)
    .map((own) => {
      const selectors = own.map(({ draft }) => formatLabelSelector(draft.podSelector)).join(" and ");
      return `the policies for ${selectors} have one name, ${own[0]!.draft.name}: rename one of them`;
    });
}

/** Companions of an earlier day with other names are among them: whose workload is gone, or named anew. */
function addingCautions(companions: readonly Companion[], others: readonly EgressPolicy[]): readonly string[] {
  const replaced = new Set(companions.map(({ draft }) => draft.name));
  const adding = others.filter(
    ({ kind, name, isolates }) => kind === "NetworkPolicy" && isolates && !replaced.has(name),
  );
  if (adding.length === 0) return [];
  return [
    `NetworkPolicies add up: what ${adding.map(formatPolicyName).join(", ")} allows stays open until it is removed`,
  ];
}
