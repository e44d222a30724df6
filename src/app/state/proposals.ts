import type { Proposal, ProposalState } from "../../pipeline/propose/proposal.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { NamespaceRef } from "../wire/list.ts";

export interface ProposalListQuery {
  /** Undefined: everywhere. */
  readonly within: readonly NamespaceRef[] | undefined;
  readonly states?: readonly ProposalState[];
  readonly clusters?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly kinds?: readonly string[];
  readonly risks?: readonly string[];
  readonly origins?: readonly string[];
  readonly author?: string;
  /** Looked for in title, namespace, cluster and policy name, without case. */
  readonly text?: string;
  readonly sort: "number" | "updatedAtMs" | "createdAtMs" | "namespace" | "state" | "risk" | "readiness";
  readonly isDescending: boolean;
  /** Sort value and number of the last row of the page before. */
  readonly after?: { readonly value: string | number | null; readonly number: number };
  readonly limit: number;
}

/** Proposals and their dossiers. A dossier is kept once under its digest and never changed. */
export interface ProposalBook {
  /** @returns with its number; rejects when the id is taken */
  add(proposal: Omit<Proposal, "number">): Promise<Proposal>;
  /** @param id `p-…`, or the number as text */
  byId(id: string): Promise<Proposal | undefined>;
  /** Writes when nobody did since: `proposal.version` is the one that was read, and is one more afterwards. @returns undefined: stale */
  replace(proposal: Proposal): Promise<Proposal | undefined>;
  list(query: ProposalListQuery): Promise<{ readonly proposals: readonly Proposal[]; readonly total: number }>;
  /** Neither finished nor superseded, of one namespace and kind. */
  openOf(where: NamespaceRef, kind?: string): Promise<readonly Proposal[]>;
  countOpenByNamespace(): Promise<readonly (NamespaceRef & { readonly open: number })[]>;
  putDossier(digest: string, dossier: Dossier): Promise<void>;
  dossier(digest: string): Promise<Dossier | undefined>;
}
