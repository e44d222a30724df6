import { type IpSet, ipSetOfAll } from "../core/net/ip-set.ts";
import { compareSets } from "../core/policy/compare-sets.ts";
import { type ConvertibleKind, convert } from "../core/policy/convert/convert.ts";
import type { ConversionLoss } from "../core/policy/convert/loss.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import { policiesByNamespace } from "../core/policy/namespace-policies.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { PolicyReading } from "./policy-source.ts";
import type { ManifestPort } from "./suggest-policies.ts";

export interface ConvertRequest {
  readonly reading: PolicyReading;
  readonly to: ConvertibleKind;
  readonly facts: ClusterFacts;
}

/** The policies of one namespace in their new kind. */
export interface ConvertedNamespace {
  readonly namespace: string;
  /** Exact bytes, what was lost as comments above each; empty when nothing could be converted. */
  readonly manifests: readonly string[];
  /** Every change of meaning. */
  readonly losses: readonly ConversionLoss[];
  /**
   * Connections that the rules decide differently, found by comparing old and new; 0 means none. Undefined between an
   * egress firewall and network policies: the two are different stages and see different traffic.
   */
  readonly differences: number | undefined;
}

/** Turns policies into another kind, namespace by namespace, and compares the result with what it came from. */
export function convertPolicies(
  { reading, to, facts }: ConvertRequest,
  manifests: ManifestPort,
): readonly ConvertedNamespace[] {
  const clusterNetworks = ipSetOfAll(facts.clusterNetworks);
  return policiesByNamespace(reading.policies).flatMap(({ namespace, firewalls, networkPolicies }) => {
    const own = [...firewalls, ...networkPolicies];
    // What has the kind already stays where it is.
    const others = own.filter(({ kind }) => kind !== to);
    if (others.length === 0) return [];
    // The whole namespace is given: what is there already decides what converting the rest would mean.
    const { drafts, losses: all } = convert(own, to, facts);
    const losses = all.filter(({ code }) => code !== "already_that_kind");
    const texts = drafts.map((draft) => manifests.print(draft));
    const isSameStage = to !== "NetworkPolicy" && others.every(({ kind }) => kind !== "NetworkPolicy");
    const after = texts.flatMap((text) => manifests.read(text).policy ?? []);
    const differences = isSameStage && after.length > 0 ? countDifferences(others, after, clusterNetworks) : undefined;
    return [{ namespace, manifests: texts, losses, differences }];
  });
}

function countDifferences(
  before: readonly EgressPolicy[],
  after: readonly EgressPolicy[],
  clusterNetworks: IpSet,
): number {
  const scopes = compareSets(before, after, { clusterNetworks }).flatMap((own) => own.scopes);
  return scopes.reduce((sum, { changes }) => sum + changes.length, 0);
}

/** Policies that are of the wanted kind already. */
export function alreadyOfKind({ policies }: PolicyReading, to: ConvertibleKind): readonly EgressPolicy[] {
  return policies.filter(({ kind }) => kind === to);
}
