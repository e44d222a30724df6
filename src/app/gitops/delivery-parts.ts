import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Failure } from "../failure.ts";
import type { JobEnd } from "../jobs/job-handler.ts";
import type { ProposalPlace } from "../proposals/proposal-place.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { LawVerdict } from "../wire/proposals.ts";
import type { Repositories } from "./repositories.ts";
import type { RepositoryYaml } from "./repository-yaml.ts";

/** What the work between proposals and repositories needs. */
export interface DeliveryParts {
  readonly place: ProposalPlace;
  readonly repositories: Repositories;
  readonly yaml: RepositoryYaml;
  /** Of this server, for links in pull requests. */
  readonly publicUrl: string | undefined;
  /** What the organisation's law says of the proposal now, for its pull request. */
  readonly laws: (proposal: Proposal, dossier: Dossier | undefined) => Promise<readonly LawVerdict[]>;
}

export const done: JobEnd = { end: "done" };

const soonMs = 2_000;
const firstPauseMs = 15_000;
const longestPauseMs = 600_000;

/** What somebody else's push or a restart interrupted is tried at once; everything else after pauses that grow. */
export function tryAgain({ code, message }: Failure, attempt: number): JobEnd {
  const isMomentary = code === "git_branch_moved" || code === "git_aborted" || code === "host_aborted";
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 10));
  return { end: "again", inMs: isMomentary && attempt < 20 ? soonMs : pause, because: message };
}

/** Stopping the server is no trouble of the proposal. */
export function isInterruption({ code }: Failure): boolean {
  return code === "git_aborted" || code === "host_aborted";
}

/** `postern/shop/p-0123456789abcdef`: one proposal, one branch. */
export function branchOf({ namespace, id }: Pick<Proposal, "namespace" | "id">): string {
  const clean = namespace.replaceAll(/[^a-z0-9-]/gi, "-").replace(/^-+/, "");
  return `postern/${clean === "" ? "cluster-wide" : clean.slice(0, 63)}/${id}`;
}

/** The proposal that a branch is of. */
export function proposalIdIn(branch: string): string | undefined {
  return /^postern\/[^/]+\/(p-[0-9a-f]{16})$/.exec(branch)?.[1];
}
