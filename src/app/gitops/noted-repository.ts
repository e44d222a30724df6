import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { OpenRepository } from "./repositories.ts";

type Side = "fetch" | "push" | "host";

/** What others do at the same moment, and a server that stops, are no trouble of the repository. */
const momentary: ReadonlySet<string> = new Set([
  "git_aborted",
  "git_branch_moved",
  "git_merge_conflict",
  "host_aborted",
  "host_conflict",
  "host_head_moved",
  "host_no_branch",
  "host_not_mergeable",
]);

export interface NotedRepository {
  readonly repository: OpenRepository;
  /** Why it could not be read, pushed to or asked last; undefined: it could, or nobody tried since the start. */
  trouble(): string | undefined;
}

/** The same repository, which remembers how each way to its other side ended last. */
export function notedRepository(own: OpenRepository): NotedRepository {
  const last = new Map<Side, Failure>();
  const noting =
    <A extends readonly unknown[], T>(side: Side, ask: (...args: A) => Promise<Result<T, Failure>>) =>
    async (...args: A): Promise<Result<T, Failure>> => {
      const result = await ask(...args);
      if (result.ok) last.delete(side);
      else if (!momentary.has(result.error.code)) last.set(side, result.error);
      return result;
    };
  const { git, host } = own;
  const repository: OpenRepository = {
    ...own,
    git: {
      fetch: noting("fetch", git.fetch.bind(git)),
      commitAndPush: noting("push", git.commitAndPush.bind(git)),
      mergeAndPush: noting("push", git.mergeAndPush.bind(git)),
      deleteBranch: noting("push", git.deleteBranch.bind(git)),
      readFile: git.readFile.bind(git),
      listFiles: git.listFiles.bind(git),
      filesWith: git.filesWith.bind(git),
      mergeBase: git.mergeBase.bind(git),
      branchHead: git.branchHead.bind(git),
      commitsOn: git.commitsOn.bind(git),
      baseAt: git.baseAt.bind(git),
      changedPaths: git.changedPaths.bind(git),
      isMerged: git.isMerged.bind(git),
    },
    host: {
      kind: host.kind,
      mostBodyCharacters: host.mostBodyCharacters,
      findPullRequest: noting("host", host.findPullRequest.bind(host)),
      openPullRequest: noting("host", host.openPullRequest.bind(host)),
      updatePullRequest: noting("host", host.updatePullRequest.bind(host)),
      pullRequest: noting("host", host.pullRequest.bind(host)),
      comments: noting("host", host.comments.bind(host)),
      comment: noting("host", host.comment.bind(host)),
      merge: noting("host", host.merge.bind(host)),
      close: noting("host", host.close.bind(host)),
    },
  };
  return { repository, trouble: () => (last.get("fetch") ?? last.get("host") ?? last.get("push"))?.message };
}
