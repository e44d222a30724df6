import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";

/** A pull request (merge request) as its host tells it. */
export interface PullRequest {
  /** As the host numbers it: `17`. */
  readonly id: string;
  readonly url: string | undefined;
  readonly branch: string;
  readonly base: string;
  readonly state: "open" | "merged" | "closed";
  readonly headCommit: string | undefined;
  readonly mergeCommit: string | undefined;
  readonly updatedAtMs: number;
  /** Who merged or closed it, as the host knows them, where it says so. */
  readonly endedBy: string | undefined;
}

export interface PullRequestText {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly labels: readonly string[];
  /** Names as the host knows them; those it does not know are told, not fatal. */
  readonly reviewers: readonly string[];
}

/** What was opened or changed, and what of it the host would not do: reviewers that it does not know, labels it may not make. */
export interface OpenedPullRequest extends PullRequest {
  readonly remarks: readonly string[];
}

export interface HostComment {
  readonly id: string;
  readonly author: string;
  readonly body: string;
  readonly atMs: number;
  /** A review's verdict, where it is one. */
  readonly verdict: "approved" | "changes-requested" | undefined;
}

export const hostKinds = ["github", "gitlab", "gitea", "plain"] as const;
export type HostKind = (typeof hostKinds)[number];

/** The service that hosts a repository. `plain`: Git alone, where a branch is all there is. Failures carry what the host said. */
export interface CodeHost {
  readonly kind: HostKind;
  /** Longest body of a pull request, in characters. */
  readonly mostBodyCharacters: number;
  /**
   * The one for this branch of the repository itself (a fork's branch of the same name is somebody else's): the open one before the
   * newest, one to this base before others; undefined when there is none.
   */
  findPullRequest(branch: string, base: string, signal: AbortSignal): Promise<Result<PullRequest | undefined, Failure>>;
  /** Finds before it opens, and looks again when the host says there is one: never a second for a branch. */
  openPullRequest(
    branch: string,
    base: string,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>>;
  updatePullRequest(
    id: string,
    text: PullRequestText,
    signal: AbortSignal,
  ): Promise<Result<OpenedPullRequest, Failure>>;
  pullRequest(id: string, signal: AbortSignal): Promise<Result<PullRequest | undefined, Failure>>;
  comments(id: string, sinceMs: number, signal: AbortSignal): Promise<Result<readonly HostComment[], Failure>>;
  comment(id: string, body: string, signal: AbortSignal): Promise<Result<void, Failure>>;
  /** Only while the head is this commit: what came later was not looked at. */
  merge(id: string, headCommit: string, signal: AbortSignal): Promise<Result<PullRequest, Failure>>;
  close(id: string, signal: AbortSignal): Promise<Result<void, Failure>>;
}

/** Which of several for a branch is the one, the newest first: the open one before others, one to this base before others. */
export function ownPullRequest(found: readonly PullRequest[], base: string): PullRequest | undefined {
  const here = found.filter((own) => own.base === base);
  const isOpen = ({ state }: PullRequest): boolean => state === "open";
  return here.find(isOpen) ?? here[0] ?? found.find(isOpen);
}

/** A Git repository, by the protocol alone (https, ssh, file). */
export interface GitRepository {
  /** Brings the local mirror up to date. @returns the head of the base branch */
  fetch(signal: AbortSignal): Promise<Result<string, Failure>>;
  /** Text of a file at a commit or branch; undefined when it is not there. */
  readFile(at: string, path: string): Promise<Result<string | undefined, Failure>>;
  /** Paths below a folder at a commit. */
  listFiles(at: string, under: string): Promise<Result<readonly string[], Failure>>;
  /** Paths below a folder of files that hold a text, by its bytes. */
  filesWith(at: string, under: string, text: string): Promise<Result<readonly string[], Failure>>;
  /** Where a branch left the base; undefined when there is no such branch or they have nothing in common. */
  mergeBase(branch: string): Promise<Result<string | undefined, Failure>>;
  /** Head of a branch on the remote, as of the last fetch; undefined when there is none. */
  branchHead(branch: string): Promise<Result<string | undefined, Failure>>;
  /** Commits on a branch since the base, oldest first, with who made them. */
  commitsOn(
    branch: string,
  ): Promise<
    Result<readonly { readonly id: string; readonly authorEmail: string; readonly message: string }[], Failure>
  >;
  /** The base branch as it was at a time, by the dates of its commits; undefined before its first. */
  baseAt(atMs: number): Promise<Result<string | undefined, Failure>>;
  /** Paths that differ between two commits. */
  changedPaths(from: string, to: string): Promise<Result<readonly string[], Failure>>;
  /** Whether `commit` is reachable from the base branch. */
  isMerged(commit: string): Promise<Result<boolean, Failure>>;
  /**
   * One commit on top of `parent` that writes and deletes these files, pushed to `branch` with `expectedHead` as lease (undefined: the
   * branch must not be there). Signed when a key is given. Where the parent has these files already nothing is committed. @returns the commit; fails with `git_branch_moved` when somebody was faster
   */
  commitAndPush(change: GitChange, signal: AbortSignal): Promise<Result<string, Failure>>;
  deleteBranch(branch: string, expectedHead: string, signal: AbortSignal): Promise<Result<void, Failure>>;
  /** A merge commit of the branch on the base, pushed to the base. @returns the commit; `git_merge_conflict` when both changed the same */
  mergeAndPush(
    branch: string,
    head: string,
    message: string,
    atMs: number,
    signal: AbortSignal,
  ): Promise<Result<string, Failure>>;
}

export interface GitChange {
  readonly branch: string;
  readonly parent: string;
  /** Commit whose files the change is made to; left out: the parent's. What the parent has beside them goes. */
  readonly from?: string;
  readonly expectedHead: string | undefined;
  readonly message: string;
  /** Undefined text deletes. */
  readonly files: readonly { readonly path: string; readonly text: string | undefined }[];
  /** Fixed, so that the same change is the same commit and a repetition after a crash is none. */
  readonly atMs: number;
}
