import { ipSetOfAll } from "../core/net/ip-set.ts";
import { compareSets } from "../core/policy/compare-sets.ts";
import { convert } from "../core/policy/convert/convert.ts";
import type { ConversionLoss } from "../core/policy/convert/loss.ts";
import type { DraftPolicy } from "../core/policy/draft.ts";
import type { EgressPolicy, PolicyKind } from "../core/policy/model.ts";
import { policiesByNamespace } from "../core/policy/namespace-policies.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { PolicyReading } from "./policy-source.ts";
import type { ManifestPort } from "./suggest-policies.ts";

export interface ConvertRequest {
  readonly reading: PolicyReading;
  readonly to: PolicyKind;
  readonly facts: ClusterFacts;
}

/** The policies of one namespace in their new kind. */
export interface ConvertedNamespace {
  readonly namespace: string;
  /** Exact bytes, losses as comments above each; empty when nothing could be converted. */
  readonly manifests: readonly string[];
  /** Every change of meaning. */
  readonly losses: readonly ConversionLoss[];
  /** Connections that the rules decide differently, found by comparing old and new; 0 means none. */
  readonly differences: number;
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
    const { drafts, losses } = convert(others, to, facts);
    const texts = drafts.map((draft) => manifests.print(withLosses(draft, losses)));
    const after = texts.flatMap((text) => manifests.read(text).policy ?? []);
    const changes = compareSets(others, after, { clusterNetworks }).flatMap(({ scopes }) =>
      scopes.flatMap((scope) => scope.changes),
    );
    return [{ namespace, manifests: texts, losses, differences: after.length === 0 ? 0 : changes.length }];
  });
}

/** The reader of the file must see what its writer lost. */
function withLosses(draft: DraftPolicy, losses: readonly ConversionLoss[]): DraftPolicy {
  if (losses.length === 0) return draft;
  const lines = losses.map(({ change, message, effect }) => `${change}: ${message}; ${effect}`);
  return { ...draft, comment: [...draft.comment, "What the conversion changed:", ...lines] };
}

/** Policies that are of the wanted kind already. */
export function alreadyOfKind({ policies }: PolicyReading, to: PolicyKind): readonly EgressPolicy[] {
  return policies.filter(({ kind }) => kind === to);
}
