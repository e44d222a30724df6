import type { Failure } from "../../app/failure.ts";
import type { CodeHost, GitRepository, OpenedPullRequest, PullRequest } from "../../app/gitops/code-host.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

/** The number of a request is the name of its branch. */
export function plainHost(git: GitRepository, base: string, nowMs: () => number): CodeHost {
  const look = async (branch: string, signal: AbortSignal): Promise<Result<PullRequest | undefined, Failure>> => {
    const fetched = await git.fetch(signal);
    if (!fetched.ok) return fetched;
    const head = await git.branchHead(branch);
    if (!head.ok) return head;
    if (head.value === undefined) return ok(undefined);
    const isMerged = await git.isMerged(head.value);
    if (!isMerged.ok) return isMerged;
    return ok({
      id: branch,
      url: undefined,
      branch,
      base,
      state: isMerged.value ? "merged" : "open",
      headCommit: head.value,
      mergeCommit: isMerged.value ? head.value : undefined,
      updatedAtMs: nowMs(),
      endedBy: undefined,
    });
  };
  const opened = async (branch: string, signal: AbortSignal): Promise<Result<OpenedPullRequest, Failure>> => {
    const found = await look(branch, signal);
    if (!found.ok) return found;
    if (found.value === undefined)
      return fail({ code: "host_no_branch", message: `there is no branch ${quoted(branch)}` });
    return ok({ ...found.value, remarks: [] });
  };
  return {
    kind: "plain",
    mostBodyCharacters: 65_536,
    findPullRequest: async (branch, _base, signal) => look(branch, signal),
    pullRequest: look,
    openPullRequest: async (branch, _base, _text, signal) => opened(branch, signal),
    updatePullRequest: async (id, _text, signal) => opened(id, signal),
    comments: () => Promise.resolve(ok([])),
    comment: () => Promise.resolve(ok(undefined)),
    async merge(id, headCommit, signal) {
      const found = await look(id, signal);
      if (!found.ok) return found;
      if (found.value === undefined)
        return fail({ code: "host_no_branch", message: `there is no branch ${quoted(id)}` });
      if (found.value.state === "merged") return ok(found.value);
      if (found.value.headCommit !== headCommit) {
        return fail({
          code: "host_head_moved",
          message: `somebody pushed to ${quoted(id)} meanwhile: it is not merged`,
        });
      }
      const commit = await git.mergeAndPush(id, headCommit, `Merge branch '${id}'\n`, nowMs(), signal);
      if (!commit.ok) return commit;
      return ok({ ...found.value, state: "merged", mergeCommit: commit.value });
    },
    async close(id, signal) {
      const found = await look(id, signal);
      if (!found.ok) return found;
      if (found.value?.state !== "open" || found.value.headCommit === undefined) return ok(undefined);
      return git.deleteBranch(id, found.value.headCommit, signal);
    },
  };
}
