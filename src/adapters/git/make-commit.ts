import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../../app/failure.ts";
import type { GitChange } from "../../app/gitops/code-host.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { gitFailure } from "./git-failure.ts";
import { isCommitId, isTreePath } from "./names.ts";
import type { Git } from "./run-git.ts";
import type { GitSettings } from "./settings.ts";

/** Writes the commit into the mirror, without a work tree. The same change gives the same commit. */
export async function writeCommit(
  git: Git,
  settings: GitSettings,
  { parent, from = parent, files, message, atMs }: GitChange,
  signal: AbortSignal,
): Promise<Result<string, Failure>> {
  const odd = files.find(({ path }) => !isTreePath(path));
  if (odd !== undefined)
    return fail({ code: "git_path", message: `${quoted(odd.path)} is no path inside a repository` });
  if (!isCommitId(parent) || !isCommitId(from))
    return fail({ code: "git_commit", message: `${quoted(parent)} is no commit` });
  const index = join(settings.folder, `postern-index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  const step = async (args: readonly string[], stdin?: string): Promise<Result<string, Failure>> => {
    const answer = await git({ args, env, signal, ...(stdin === undefined ? {} : { stdin }) });
    return answer.status === 0 ? ok(answer.stdout.toString("utf8")) : fail(gitFailure(answer, settings.url));
  };
  try {
    const read = await step(["read-tree", from]);
    if (!read.ok) return read;
    for (const { path, text } of files) {
      const staged = await stage(step, from, path, text);
      if (!staged.ok) return staged;
    }
    const tree = await step(["write-tree"]);
    if (!tree.ok) return tree;
    const before = await step(["rev-parse", "--verify", "--end-of-options", `${parent}^{tree}`]);
    if (!before.ok) return before;
    // `--end-of-options` is echoed by older versions of git.
    if (before.value.trim().endsWith(tree.value.trim())) return ok(parent);
    return await commitTree(git, settings, tree.value.trim(), [parent], message, atMs, signal);
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

type Step = (args: readonly string[], stdin?: string) => Promise<Result<string, Failure>>;

async function stage(
  step: Step,
  parent: string,
  path: string,
  text: string | undefined,
): Promise<Result<unknown, Failure>> {
  const blocked = await whatStandsAt(step, parent, path);
  if (!blocked.ok) return blocked;
  if (text === undefined) return step(["update-index", "-z", "--index-info"], `0 ${"0".repeat(40)}\t${path}\0`);
  const id = await step(["hash-object", "-w", "--no-filters", "--stdin"], text);
  if (!id.ok) return id;
  const listed = await step(["ls-tree", "-z", "--full-tree", parent, "--", path]);
  if (!listed.ok) return listed;
  // An executable file stays one.
  const mode = listed.value.startsWith("100755 ") ? "100755" : "100644";
  return step(["update-index", "-z", "--index-info"], `${mode} ${id.value.trim()}\t${path}\0`);
}

/** Git would replace what stands in the way: a link or a repository of its own above the file, a folder in its place. */
async function whatStandsAt(step: Step, commit: string, path: string): Promise<Result<undefined, Failure>> {
  const parts = path.split("/");
  for (const length of parts.keys()) {
    const at = parts.slice(0, length + 1).join("/");
    const listed = await step(["ls-tree", "-z", "--full-tree", commit, "--", at]);
    if (!listed.ok) return listed;
    if (listed.value === "") return ok(undefined);
    const [, mode = "", type = ""] = /^(\d+) (\w+) /.exec(listed.value) ?? [];
    const isFile = length === parts.length - 1;
    if (isFile ? type === "blob" && mode !== "120000" : type === "tree") continue;
    const what = { tree: "a folder", commit: "a repository of its own", blob: mode === "120000" ? "a link" : "a file" };
    const message = `${quoted(at)} is ${what[type as keyof typeof what]} in the repository, so ${quoted(path)} is not written: correct \`path\``;
    return fail({ code: "git_not_a_file", message });
  }
  return ok(undefined);
}

/** A merge of `head` into `onto`, both as parents; fails with `git_merge_conflict` where both changed the same lines. */
export async function writeMerge(
  git: Git,
  settings: GitSettings,
  onto: string,
  head: string,
  message: string,
  atMs: number,
  signal: AbortSignal,
): Promise<Result<string, Failure>> {
  const merged = await git({ args: ["merge-tree", "--write-tree", "--no-messages", onto, head], signal });
  if (merged.status === 1) {
    const text = "the branch and its base changed the same lines: the branch must be brought up to date first";
    return fail({ code: "git_merge_conflict", message: text });
  }
  if (merged.status !== 0) return fail(gitFailure(merged, settings.url));
  const [tree = ""] = merged.stdout.toString("utf8").split("\n");
  return commitTree(git, settings, tree, [onto, head], message, atMs, signal);
}

async function commitTree(
  git: Git,
  settings: GitSettings,
  tree: string,
  parents: readonly string[],
  message: string,
  atMs: number,
  signal: AbortSignal,
): Promise<Result<string, Failure>> {
  // Without the sign git reads small numbers as something else.
  const date = `@${Math.floor(atMs / 1000)} +0000`;
  const made = await git({
    args: [
      "commit-tree",
      tree,
      ...parents.flatMap((parent) => ["-p", parent]),
      settings.signing === undefined ? "--no-gpg-sign" : "-S",
    ],
    stdin: message.endsWith("\n") ? message : `${message}\n`,
    env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    signal,
  });
  return made.status === 0 ? ok(made.stdout.toString("utf8").trim()) : fail(gitFailure(made, settings.url));
}
