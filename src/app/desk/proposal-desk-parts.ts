import type { Result } from "../../core/result.ts";
import type { Access } from "../access/access.ts";
import type { Failure } from "../failure.ts";
import type { ClusterReader } from "../judge/cluster-reader.ts";
import type { Judge } from "../judge/judge.ts";
import type { LawJudge } from "../law/law-judge.ts";
import type { ProposalPlace } from "../proposals/proposal-place.ts";
import type { NamespaceRef } from "../wire/list.ts";

export interface ProposalDeskParts {
  readonly place: ProposalPlace;
  readonly judge: Judge;
  readonly law: LawJudge;
  readonly access: Access;
  readonly clusters: ClusterReader;
  /** The object as its repository holds it; undefined: it holds none, or no repository is configured. */
  readonly inRepository: InRepository;
}

export type InRepository = (
  where: NamespaceRef,
  kind: string,
  name: string,
  signal: AbortSignal,
) => Promise<Result<string | undefined, Failure>>;
