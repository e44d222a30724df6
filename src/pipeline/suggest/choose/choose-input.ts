import type { ServiceUse } from "../../baseline/services/service-use.ts";
import type { NameBook } from "../../baseline/statistics/name-book.ts";
import type { UseStatistics } from "../../baseline/statistics/use-statistics.ts";
import type { NodeFacts } from "../../flows/cluster-facts.ts";
import type { KindAbilities } from "./choice.ts";
import type { KeptRule } from "./kept-candidate.ts";

/** What a choice between forms rests on. */
export interface ChooseInput {
  readonly use: ServiceUse;
  readonly statistics: UseStatistics;
  readonly abilities: KindAbilities;
  /** 1-in-N; 1 where nothing was sampled away. */
  readonly sampling: number;
  readonly names: NameBook;
  /** Of the service, were every address of its content network known to it; undefined where it has none. */
  readonly network: { readonly name: string; readonly statistics: UseStatistics } | undefined;
  readonly nodes: readonly NodeFacts[];
  /** What the policy of today allows: a form that people know is only left for one that is clearly better. */
  readonly kept: readonly KeptRule[];
}

/** The service's addresses change from answer to answer, as far as anybody knows before counting. */
export function isKnownToRotate({ service, published }: ServiceUse): boolean {
  if (service.catalogue !== undefined) return service.catalogue.traits.includes("rotating");
  return published.some(({ service: own }) => rotatingRanges.test(own));
}

/** Stores and content networks by the names that their providers publish them under. */
const rotatingRanges = /^(s3|cloudfront|storage|azurefrontdoor|azurecdn|cdn)/i;

/** Machines of the organisation that nobody gave a name: several that do the same stand together, and more come beside them. */
export function isOwnPool({ service, names }: ServiceUse, { addresses }: UseStatistics): boolean {
  return service.by === "on-premises" && names.length === 0 && addresses > 1;
}

/**
 * How many surprises of a service's addresses are believed in before anything was seen. Those of stores and content networks
 * are certain, those that somebody gave a name move now and then, and what is known by its address is meant to stay. The
 * more addresses there are, the sooner one of them moves.
 */
export function priorOf(use: ServiceUse, statistics: UseStatistics): number {
  if (isKnownToRotate(use)) return 0.8;
  const moves = use.names.length > 0 || isOwnPool(use, statistics) ? 0.05 : 0.02;
  return Math.min(0.8, moves * Math.max(1, statistics.addresses) ** 0.7);
}
