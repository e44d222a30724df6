import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../../app/failure.ts";
import type { GitChange, GitRepository } from "../../app/gitops/code-host.ts";
import { OneAtATime } from "../../app/one-at-a-time.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { gitEnvironment } from "./environment.ts";
import { gitFailure } from "./git-failure.ts";
import { writeCommit, writeMerge } from "./make-commit.ts";
import { isBranchName, isCommitId, schemeOf } from "./names.ts";
import { dropOldLocks } from "./old-locks.ts";
import { filesAt, filesHolding, mostListed, pathsOf, textAt } from "./read-tree.ts";
import { type Git, type GitAnswer, runGit } from "./run-git.ts";
import { branchFolder, type GitSettings } from "./settings.ts";

const localTimeoutMs = 60_000;
const mostAnswer = 4 * 2 ** 20;
const mostCommits = 200;

/** Nothing is asked of the other side before the first {@link GitRepository.fetch}. Commands of one repository run one after another. */
export function openGitRepository(settings: GitSettings): Result<GitRepository & { git: Git }, Failure> {
  const scheme = schemeOf(settings.url);
  if (!scheme.ok) return scheme;
  if (!isBranchName(settings.base)) {
    return fail({ code: "git_branch_name", message: `${quoted(settings.base)} is no name of a branch` });
  }
  const never = new AbortController().signal;
  const git: Git = async ({ args, stdin, env = {}, mostBytes = mostAnswer, signal, isRemote = false }) => {
    let own: Readonly<Record<string, string>>;
    try {
      own = await gitEnvironment(settings, scheme.value, isRemote, signal ?? never);
    } catch (error) {
      // A token that cannot be had: an unreadable file, or a host that does not give one.
      const stderr = error instanceof Error ? error.message : String(error);
      return { status: undefined, stdout: Buffer.alloc(0), stderr, stopped: "no-credentials" };
    }
    return runGit({
      args,
      env: { ...own, ...env },
      cwd: settings.folder,
      stdin,
      timeoutMs: isRemote ? settings.timeoutMs : localTimeoutMs,
      mostBytes,
      signal,
    });
  };
  return ok(new Mirror(settings, git));
}

class Mirror implements GitRepository {
  readonly git: Git;
  readonly #settings: GitSettings;
  /** Two fetches at a time would fight for the same refs. */
  readonly #turns = new OneAtATime();

  constructor(settings: GitSettings, git: Git) {
    this.#settings = settings;
    this.git = git;
  }

  async fetch(signal: AbortSignal): Promise<Result<string, Failure>> {
    return this.#turns.take(async () => {
      const made = await this.#make();
      if (!made.ok) return made;
      const { url, base } = this.#settings;
      const command = {
        args: [
          "fetch",
          "--quiet",
          "--no-tags",
          "--prune",
          "--no-write-fetch-head",
          "--no-recurse-submodules",
          "--end-of-options",
          url,
          `+refs/heads/${base}:${refOf(base)}`,
          `+refs/heads/${branchFolder}/*:${refOf(branchFolder)}/*`,
        ],
        isRemote: true,
        signal,
      };
      let fetched = await this.git(command);
      const isLocked = fetched.status !== 0 && /\.lock': file exists/i.test(fetched.stderr);
      if (isLocked && (await dropOldLocks(this.#settings.folder, this.#settings.timeoutMs + localTimeoutMs)))
        fetched = await this.git(command);
      if (fetched.status !== 0) return this.#failed(fetched);
      const head = await this.#resolve(refOf(base));
      if (!head.ok) return head;
      return head.value === undefined
        ? fail({ code: "git_no_base", message: `${quoted(url)} has no branch ${quoted(base)}` })
        : ok(head.value);
    });
  }

  async readFile(at: string, path: string): Promise<Result<string | undefined, Failure>> {
    const commit = await this.#commit(at);
    return commit.ok ? textAt(this.git, this.#settings.url, commit.value, path) : commit;
  }

  async listFiles(at: string, under: string): Promise<Result<readonly string[], Failure>> {
    const commit = await this.#commit(at);
    return commit.ok ? filesAt(this.git, this.#settings.url, commit.value, under) : commit;
  }

  async filesWith(at: string, under: string, text: string): Promise<Result<readonly string[], Failure>> {
    const commit = await this.#commit(at);
    return commit.ok ? filesHolding(this.git, this.#settings.url, commit.value, under, text) : commit;
  }

  async branchHead(branch: string): Promise<Result<string | undefined, Failure>> {
    return isBranchName(branch) ? this.#resolve(refOf(branch)) : badBranch(branch);
  }

  async mergeBase(branch: string): Promise<Result<string | undefined, Failure>> {
    const head = await this.branchHead(branch);
    if (!head.ok || head.value === undefined) return head;
    const found = await this.git({ args: ["merge-base", refOf(this.#settings.base), head.value] });
    if (found.status === 0) return ok(found.stdout.toString("utf8").trim().split("\n")[0]);
    return found.status === 1 ? ok(undefined) : this.#failed(found);
  }

  async commitsOn(branch: string): ReturnType<GitRepository["commitsOn"]> {
    const head = await this.branchHead(branch);
    if (!head.ok) return head;
    if (head.value === undefined) return ok([]);
    const logged = await this.git({
      args: [
        "log",
        "-z",
        "--reverse",
        `--max-count=${mostCommits}`,
        "--no-show-signature",
        "--format=%H%n%ae%n%B",
        `${refOf(this.#settings.base)}..${head.value}`,
        "--",
      ],
    });
    if (logged.status !== 0) return this.#failed(logged);
    const records = logged.stdout
      .toString("utf8")
      .split("\0")
      .filter((record) => record !== "");
    return ok(
      records.map((record) => {
        const [id = "", authorEmail = "", ...message] = record.split("\n");
        return { id, authorEmail, message: message.join("\n") };
      }),
    );
  }

  async baseAt(atMs: number): Promise<Result<string | undefined, Failure>> {
    const before = `--before=@${Math.floor(atMs / 1000)}`;
    const ref = refOf(this.#settings.base);
    const found = await this.git({ args: ["rev-list", "--max-count=1", "--first-parent", before, ref, "--"] });
    if (found.status !== 0) return this.#failed(found);
    const id = found.stdout.toString("utf8").trim();
    return ok(id === "" ? undefined : id);
  }

  async changedPaths(from: string, to: string): Promise<Result<readonly string[], Failure>> {
    const commits = [await this.#commit(from), await this.#commit(to)];
    const ids: string[] = [];
    for (const commit of commits) {
      if (!commit.ok) return commit;
      ids.push(commit.value);
    }
    const listed = await this.git({
      args: ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", ...ids, "--"],
      mostBytes: mostListed,
    });
    return listed.status === 0 ? ok(pathsOf(listed.stdout)) : this.#failed(listed);
  }

  async isMerged(commit: string): Promise<Result<boolean, Failure>> {
    if (!isCommitId(commit)) return fail({ code: "git_commit", message: `${quoted(commit)} is no commit` });
    const answer = await this.git({ args: ["merge-base", "--is-ancestor", commit, refOf(this.#settings.base)] });
    if (answer.stopped !== undefined) return this.#failed(answer);
    // A commit that the mirror does not have is not reachable from what it has.
    return ok(answer.status === 0);
  }

  async commitAndPush(change: GitChange, signal: AbortSignal): Promise<Result<string, Failure>> {
    const { branch, expectedHead } = change;
    if (!isBranchName(branch) || !branch.startsWith(`${branchFolder}/`)) return badBranch(branch);
    return this.#turns.take(async () => {
      const commit = await writeCommit(this.git, this.#settings, change, signal);
      if (!commit.ok || commit.value === expectedHead) return commit;
      return this.#push(branch, commit.value, expectedHead, signal);
    });
  }

  async mergeAndPush(
    branch: string,
    head: string,
    message: string,
    atMs: number,
    signal: AbortSignal,
  ): Promise<Result<string, Failure>> {
    const { base } = this.#settings;
    if (!isBranchName(branch) || !isCommitId(head)) return badBranch(branch);
    return this.#turns.take(async () => {
      const onto = await this.#resolve(refOf(base));
      if (!onto.ok) return onto;
      if (onto.value === undefined) return fail({ code: "git_no_base", message: `there is no branch ${quoted(base)}` });
      const commit = await writeMerge(this.git, this.#settings, onto.value, head, message, atMs, signal);
      return commit.ok ? this.#push(base, commit.value, onto.value, signal) : commit;
    });
  }

  async deleteBranch(branch: string, expectedHead: string, signal: AbortSignal): Promise<Result<void, Failure>> {
    if (!isBranchName(branch) || !branch.startsWith(`${branchFolder}/`)) return badBranch(branch);
    return this.#turns.take(async () => {
      const args = ["push", "--porcelain", "--no-verify", `--force-with-lease=refs/heads/${branch}:${expectedHead}`];
      const pushed = await this.git({
        args: [...args, "--end-of-options", this.#settings.url, `:refs/heads/${branch}`],
        isRemote: true,
        signal,
      });
      if (pushed.status !== 0) return this.#failed(pushed);
      await this.git({ args: ["update-ref", "-d", refOf(branch)] });
      return ok(undefined);
    });
  }

  /** @param expected what must be there now; undefined: nothing */
  async #push(
    branch: string,
    commit: string,
    expected: string | undefined,
    signal: AbortSignal,
  ): Promise<Result<string, Failure>> {
    const args = ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"];
    const pushed = await this.git({
      args: [
        ...args,
        `--force-with-lease=refs/heads/${branch}:${expected ?? ""}`,
        "--end-of-options",
        this.#settings.url,
        `${commit}:refs/heads/${branch}`,
      ],
      isRemote: true,
      signal,
    });
    if (pushed.status !== 0) return this.#failed(pushed);
    const told = await this.git({ args: ["update-ref", refOf(branch), commit] });
    return told.status === 0 ? ok(commit) : this.#failed(told);
  }

  /** The mirror is a copy that can be made again. */
  async #make(): Promise<Result<void, Failure>> {
    const { folder } = this.#settings;
    // All of it: who was killed while it was made makes it again.
    const parts = ["HEAD", "config", "objects", "refs"].map(async (name) => stat(join(folder, name)));
    const isWhole = (await Promise.allSettled(parts)).every(({ status }) => status === "fulfilled");
    if (isWhole) return ok(undefined);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return fail({ code: "git_mirror", message: `the folder ${quoted(folder)} cannot be made: ${why}` });
    }
    const made = await this.git({ args: ["init", "--bare", "--quiet", "--template=", "--", folder] });
    return made.status === 0 ? ok(undefined) : this.#failed(made);
  }

  async #commit(at: string): Promise<Result<string, Failure>> {
    if (isCommitId(at)) return ok(at);
    const head = await this.branchHead(at);
    if (!head.ok) return head;
    return head.value === undefined
      ? fail({ code: "git_no_branch", message: `there is no branch ${quoted(at)}` })
      : ok(head.value);
  }

  async #resolve(ref: string): Promise<Result<string | undefined, Failure>> {
    const found = await this.git({ args: ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`] });
    if (found.status === 0) {
      const id = found.stdout.toString("utf8").trim().split("\n").at(-1) ?? "";
      return ok(id);
    }
    return found.status === 1 ? ok(undefined) : this.#failed(found);
  }

  #failed(answer: GitAnswer): Result<never, Failure> {
    return fail(gitFailure(answer, this.#settings.url));
  }
}

function refOf(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}

function badBranch(branch: string): Result<never, Failure> {
  return fail({ code: "git_branch_name", message: `${quoted(branch)} is no branch that Postern writes to` });
}
