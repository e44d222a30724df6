import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { runGit } from "./run-git.ts";

const timeoutMs = 20_000;
const mostBytes = 1 << 20;
const author = { name: "Platform team", email: "platform@shop.example" };

/** A file of a new repository. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Makes a bare repository with one commit on `main`, where there is none yet: whole or not at all.
 * @param folder of the repository itself; the folder above must be there
 */
export async function makeLocalRemote(
  folder: string,
  files: readonly NewFile[],
  message: string,
): Promise<Result<void, Failure>> {
  if (await isThere(join(folder, "HEAD"))) return ok(undefined);
  const work = await mkdtemp(join(dirname(folder), ".making-"));
  try {
    const git = async (...args: string[]): Promise<Result<string, Failure>> => gitIn(work, {}, args);
    const tree = join(work, "tree");
    for (const { path, text } of files) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), text);
    }
    const bare = join(work, "bare.git");
    const steps = [
      ["init", "--quiet", "--initial-branch=main", "--", tree],
      ["-C", tree, "add", "--all"],
      ["-C", tree, "commit", "--quiet", "--allow-empty", `--message=${message}`],
      ["clone", "--quiet", "--bare", "--", tree, bare],
    ];
    for (const step of steps) {
      const done = await git(...step);
      if (!done.ok) return done;
    }
    await rename(bare, folder);
    return ok(undefined);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Brings a folder to what `branch` of a bare repository holds, as an agent of GitOps brings a cluster: files that are gone from the
 * branch go. @returns the commit
 */
export async function checkOut(remote: string, branch: string, into: string): Promise<Result<string, Failure>> {
  const head = await gitIn(remote, {}, ["rev-parse", "--verify", "--end-of-options", `refs/heads/${branch}`]);
  if (!head.ok) return head;
  const commit = head.value.trim();
  const mark = `${into}.commit`;
  if ((await readFile(mark, "utf8").catch(() => "")) === commit) return ok(commit);
  await mkdir(into, { recursive: true });
  const env = { GIT_DIR: remote, GIT_WORK_TREE: into, GIT_INDEX_FILE: `${into}.index` };
  const written = await gitIn(into, env, ["read-tree", "--reset", "-u", commit]);
  if (!written.ok) return written;
  await writeFile(mark, commit);
  return ok(commit);
}

/** Texts of all files below a folder, by their path from there. */
export async function filesBelow(folder: string): Promise<readonly NewFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.toSorted().map(async (path) => ({
      path: path.slice(folder.replace(/[/\\]$/, "").length + 1).replaceAll("\\", "/"),
      text: await readFile(path, "utf8"),
    })),
  );
}

async function gitIn(
  cwd: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Result<string, Failure>> {
  const answer = await runGit({
    args,
    cwd,
    env: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      HOME: cwd,
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
      ...env,
    },
    timeoutMs,
    mostBytes,
    signal: undefined,
  });
  if (answer.status === 0) return ok(answer.stdout.toString());
  if (answer.stopped === "missing") {
    return fail({ code: "git_missing", message: "the program `git` is not installed here" });
  }
  if (answer.stopped === "no-folder") {
    return fail({ code: "git_no_folder", message: `the folder ${quoted(cwd)} is gone: start the server anew` });
  }
  const why = answer.stderr.trim().split("\n", 1)[0] ?? "";
  return fail({ code: "git_failed", message: `\`git ${args[0] ?? ""}\` failed: ${quoted(why)}` });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
