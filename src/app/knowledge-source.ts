import type { Result } from "../core/result.ts";
import { wellKnownServices } from "../pipeline/baseline/knowledge/catalogue/well-known-services.ts";
import { type Knowledge, noKnowledge, type Origin } from "../pipeline/baseline/knowledge/knowledge.ts";
import type { Failure } from "./failure.ts";

/** What somebody wants to be known beyond the flows; paths, or https URLs. */
export interface KnowledgeRequest {
  /** Lists of providers. */
  readonly ranges: readonly string[];
  readonly threatFeeds: readonly string[];
  /** Files, or `name=cidr,cidr`. */
  readonly onPremises: readonly string[];
  /** Catalogues that extend the built-in one. */
  readonly services: readonly string[];
  /** Who announces which addresses, and from which country. */
  readonly owners: readonly string[];
}

export interface KnowledgeReading {
  readonly knowledge: Knowledge;
  /** One sentence each: lists that are old, entries that were passed over. */
  readonly warnings: readonly string[];
}

export interface KnowledgeReadOptions {
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** Of all lists together. */
  readonly onProgress: (bytesRead: number) => void;
}

/** Reads everything that is asked for, or says of each list that cannot be used why. */
export type ReadKnowledge = (
  request: KnowledgeRequest,
  options: KnowledgeReadOptions,
) => Promise<Result<KnowledgeReading, readonly Failure[]>>;

export const nothingRequested: KnowledgeRequest = {
  ranges: [],
  threatFeeds: [],
  onPremises: [],
  services: [],
  owners: [],
};

/** Without any list: the built-in catalogue. */
export const builtInKnowledge: Knowledge = { ...noKnowledge, catalogue: wellKnownServices };

const dayMs = 86_400_000;
const oldAfterDays = 30;

/** Lists that others keep changing and that are older than 30 days or not of this time, one sentence each. */
export function ageWarnings({ published, feeds, owners }: Knowledge, nowMs: number): readonly string[] {
  const lists: readonly Origin[] = [...published, ...feeds, ...(owners === undefined ? [] : [owners])];
  return lists.flatMap(({ source, asOfMs }) => {
    if (asOfMs === undefined) return [];
    const days = Math.floor((nowMs - asOfMs) / dayMs);
    const date = new Date(asOfMs).toISOString().slice(0, 10);
    if (days < -1)
      return [`\`${source}\` is of ${date}, which is yet to come: check its date, or this machine's clock`];
    if (days <= oldAfterDays) return [];
    return [`\`${source}\` is of ${date}, ${days} days ago: what it says may have changed, get it again`];
  });
}
