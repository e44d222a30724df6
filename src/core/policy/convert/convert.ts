import type { DraftPolicy } from "../draft.ts";
import { isFirewall } from "../effective.ts";
import type { KnownCluster } from "../inspect-set.ts";
import type { EgressPolicy, PolicyKind } from "../model.ts";
import { legacyLosses } from "./legacy.ts";
import { type ConversionLoss, loss, nameOf } from "./loss.ts";
import { firewallOfLegacy, firewallOfNetworkPolicies } from "./to-egress-firewall.ts";
import { legacyOfFirewall, legacyOfNetworkPolicies } from "./to-egress-network-policy.ts";
import { networkPolicyOfRules } from "./to-network-policy.ts";

export interface Conversion {
  readonly drafts: readonly DraftPolicy[];
  /** Every change of meaning, in the order of the policies and their rules. */
  readonly losses: readonly ConversionLoss[];
}

/** The kinds that one says what another said. Kinds of whole clusters and of other networks are not among them. */
export type ConvertibleKind = "EgressFirewall" | "EgressNetworkPolicy" | "NetworkPolicy";

/**
 * Turns policies into another kind, namespace by namespace. Rules that stand for addresses keep their meaning exactly
 * unless a loss says otherwise. Policies that no cluster would apply are not converted; NetworkPolicies of a namespace
 * become one firewall, unless it has one already: then they stay beside it.
 * @param cluster its nodes stand in for node selectors where the new kind has none
 */
export function convert(policies: readonly EgressPolicy[], to: ConvertibleKind, cluster?: KnownCluster): Conversion {
  const drafts: DraftPolicy[] = [];
  const losses: ConversionLoss[] = [];
  for (const own of Map.groupBy(policies, ({ namespace }) => namespace).values()) {
    const { refused, sources } = sourcesOf(own, to);
    const converted = sources.length === 0 ? { drafts: [], losses: [] } : convertNamespace(sources, own, to, cluster);
    const told = [...refused, ...converted.losses];
    losses.push(...told);
    drafts.push(...converted.drafts.map((draft) => ({ ...draft, comment: headerOf(sources, converted.losses) })));
  }
  return { drafts, losses };
}

/** What of a namespace is converted, and why the rest is not. */
function sourcesOf(
  own: readonly EgressPolicy[],
  to: ConvertibleKind,
): { readonly refused: readonly ConversionLoss[]; readonly sources: readonly EgressPolicy[] } {
  const refused: ConversionLoss[] = [];
  const hasFirewall = own.some((policy) => isFirewall(policy) && policy.notApplied === undefined);
  const sources = own.filter((policy) => {
    const { kind, at, notApplied, isolates } = policy;
    const name = nameOf(policy);
    if (notApplied !== undefined) refused.push(loss("not_in_force", at, `${name} is not in force: ${notApplied}`));
    else if (!isConvertible(kind))
      refused.push(loss("kind_not_converted", at, `${name} is of a kind that is not converted`));
    else if (kind === to) refused.push(loss("already_that_kind", at, `${name} is already of this kind`));
    else if (!isolates) refused.push(loss("does_not_isolate", at, `${name} does not restrict egress`));
    else if (kind === "NetworkPolicy" && hasFirewall) {
      refused.push(loss("left_beside", at, `${name} is not converted: the namespace has a firewall already`));
    } else return true;
    return false;
  });
  return { refused, sources };
}

function isConvertible(kind: PolicyKind): kind is ConvertibleKind {
  return kind === "EgressFirewall" || kind === "EgressNetworkPolicy" || kind === "NetworkPolicy";
}

function convertNamespace(
  sources: readonly EgressPolicy[],
  all: readonly EgressPolicy[],
  to: ConvertibleKind,
  cluster: KnownCluster | undefined,
): Conversion {
  const first = sources[0]!;
  switch (to) {
    case "EgressFirewall":
      return first.kind === "NetworkPolicy" ? firewallOfNetworkPolicies(sources) : firewallOfLegacy(sources);
    case "EgressNetworkPolicy":
      return first.kind === "NetworkPolicy"
        ? legacyOfNetworkPolicies(sources, cluster)
        : legacyOfFirewall(sources.at(-1)!, cluster);
    case "NetworkPolicy": {
      const losses = [...legacyLosses(sources), ...uniting(sources, all)];
      const hasTwoLegacy = new Set(sources.map(({ name }) => name)).size > 1;
      const source = sources.at(-1)!;
      const converted = networkPolicyOfRules(
        hasTwoLegacy ? { ...source, rules: [], otherwise: "deny" } : source,
        cluster,
      );
      return { drafts: converted.drafts, losses: [...losses, ...converted.losses] };
    }
    default:
      return to satisfies never;
  }
}

/** A firewall and a NetworkPolicy must both allow; two NetworkPolicies need not. */
function uniting(sources: readonly EgressPolicy[], all: readonly EgressPolicy[]): readonly ConversionLoss[] {
  const others = all.filter(
    ({ kind, isolates, notApplied }) => kind === "NetworkPolicy" && isolates && notApplied === undefined,
  );
  return others.map((other) =>
    loss("policies_united", other.at, `${nameOf(sources[0]!)} and ${nameOf(other)} become alternatives`),
  );
}

function headerOf(sources: readonly EgressPolicy[], losses: readonly ConversionLoss[]): readonly string[] {
  const names = [...new Set(sources.map(nameOf))];
  return [
    `converted from ${names.join(", ")}`,
    ...losses.map(({ change, message, effect }) => `${change}: ${message}; ${effect}`),
  ];
}
