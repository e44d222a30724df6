import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { gitFailure } from "./git-failure.ts";
import { isTreePath } from "./names.ts";
import type { Git } from "./run-git.ts";

/** More is no manifest. */
const largestFile = 4 * 2 ** 20;
/** Of one list of paths, in bytes. */
export const mostListed = 32 * 2 ** 20;

/** @returns undefined when there is no such file */
export async function textAt(
  git: Git,
  url: string,
  commit: string,
  path: string,
): Promise<Result<string | undefined, Failure>> {
  if (!isTreePath(path)) return badPath(path);
  const listed = await git({ args: ["ls-tree", "-z", "--full-tree", commit, "--", path] });
  if (listed.status !== 0) return fail(gitFailure(listed, url));
  const [entry = ""] = listed.stdout.toString("utf8").split("\0");
  if (entry === "") return ok(undefined);
  const [, mode = "", type = "", id = ""] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(entry) ?? [];
  if (type === "tree") return ok(undefined);
  if (mode === "120000" || type !== "blob") {
    const what = type === "blob" ? "a link" : "a repository of its own";
    return fail({
      code: "git_not_a_file",
      message: `${quoted(path)} is ${what} in the repository: name the file itself`,
    });
  }
  const read = await git({ args: ["cat-file", "blob", id], mostBytes: largestFile });
  if (read.stopped === "too-much") {
    return fail({ code: "git_file_too_large", message: `${quoted(path)} is larger than 4 MiB: no manifest is` });
  }
  if (read.status !== 0) return fail(gitFailure(read, url));
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read.stdout));
  } catch {
    return fail({ code: "git_not_text", message: `${quoted(path)} is not UTF-8 text` });
  }
}

export async function filesAt(
  git: Git,
  url: string,
  commit: string,
  under: string,
): Promise<Result<readonly string[], Failure>> {
  if (under !== "" && !isTreePath(under)) return badPath(under);
  const listed = await git({
    args: ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, ...(under === "" ? [] : ["--", `${under}/`])],
    mostBytes: mostListed,
  });
  return listed.status === 0 ? ok(pathsOf(listed.stdout)) : fail(gitFailure(listed, url));
}

export async function filesHolding(
  git: Git,
  url: string,
  commit: string,
  under: string,
  text: string,
): Promise<Result<readonly string[], Failure>> {
  if (under !== "" && !isTreePath(under)) return badPath(under);
  const found = await git({
    args: [
      "grep",
      "-l",
      "-z",
      "-I",
      "-F",
      "--no-recurse-submodules",
      "--full-name",
      "-e",
      text,
      commit,
      ...(under === "" ? [] : ["--", `${under}/`]),
    ],
    mostBytes: mostListed,
  });
  if (found.status === 1) return ok([]);
  if (found.status !== 0) return fail(gitFailure(found, url));
  return ok(pathsOf(found.stdout).map((path) => path.slice(commit.length + 1)));
}

export function pathsOf(listed: Buffer): readonly string[] {
  return listed
    .toString("utf8")
    .split("\0")
    .filter((path) => path !== "");
}

function badPath(path: string): Result<never, Failure> {
  return fail({ code: "git_path", message: `${quoted(path)} is no path inside a repository` });
}
