import { execFile } from "node:child_process";
import { relative, resolve } from "node:path";
import type { Failure } from "../../app/failure.ts";
import type { RevisionFile } from "../../app/revision-files.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

const mostFiles = 10_000;
const largestFile = 64 * 2 ** 20;
const timeoutMs = 60_000;

/**
 * Files below the paths as a revision holds them. A path that it does not hold has none: everything there is new.
 * @param from absolute; paths are meant from here, and files are told from here
 */
export async function readRevision(
  revision: string,
  paths: readonly string[],
  from: string,
): Promise<Result<readonly RevisionFile[], Failure>> {
  // What begins with a dash would be an option, and a colon a path in a revision.
  if (!/^[A-Za-z0-9_@][\w@./^~{}+-]{0,250}$/.test(revision)) {
    return failure("check_revision", `${quoted(revision)} is no revision: write a branch, a tag or a commit`);
  }
  const commit = await git(from, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  if (!commit.ok) {
    const fetched =
      "fetch it first, with `git fetch origin <branch>`, or check out with `fetch-depth: 0` (`GIT_DEPTH: 0` on GitLab)";
    return commit.error.code === "check_git"
      ? commit
      : failure("check_revision", `${quoted(revision)} is no revision of this repository: ${fetched}`);
  }
  const id = commit.value.toString("utf8").trim();
  const top = await git(from, ["rev-parse", "--show-toplevel"]);
  if (!top.ok) return top;
  const root = top.value.toString("utf8").replace(/\n$/, "");
  const wanted = paths.map((path) => relative(root, resolve(from, path)));
  const outside = wanted.find((path) => path.startsWith(".."));
  if (outside !== undefined)
    return failure("check_revision", `${quoted(outside)} is outside of the repository: name files inside it`);
  const listed = await git(root, [
    "ls-tree",
    "-r",
    "-z",
    "--full-tree",
    id,
    "--",
    ...wanted.map((path) => (path === "" ? "." : path)),
  ]);
  if (!listed.ok) return listed;
  const blobs = listed.value
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const [, mode, type, hash, path] = /^(\d+) (\w+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
      const isFile = type === "blob" && mode !== "120000" && path !== undefined;
      return isFile && isManifest(path, wanted) ? [{ hash: hash!, path }] : [];
    });
  if (blobs.length > mostFiles) return failure("check_revision", `more than ${mostFiles} files: name fewer`);
  const files: RevisionFile[] = [];
  for (const { hash, path } of blobs) {
    // One file in memory at a time, as when they are read from a folder.
    const text = await git(root, ["cat-file", "blob", hash]);
    if (!text.ok) return text;
    files.push({ file: relative(from, resolve(root, path)), text: text.value.toString("utf8") });
  }
  return ok(files);
}

/** As in a folder: hidden files are left out, and a file that somebody names is taken whatever its name. */
function isManifest(path: string, wanted: readonly string[]): boolean {
  if (wanted.includes(path)) return true;
  return /\.(ya?ml|json)$/.test(path) && !path.split("/").some((part) => part.startsWith("."));
}

function git(folder: string, words: readonly string[]): Promise<Result<Buffer, Failure>> {
  return new Promise((finish) => {
    const options = {
      cwd: folder,
      encoding: "buffer",
      maxBuffer: largestFile,
      timeout: timeoutMs,
      windowsHide: true,
    } as const;
    execFile(
      "git",
      ["--no-optional-locks", "-c", "core.fsmonitor=false", ...words],
      options,
      (error, stdout, stderr) => {
        if (error === null) return finish(ok(stdout));
        if ((error.code as unknown) === "ENOENT")
          return finish(
            failure("check_git", "`git` is not installed, and a revision is asked for: install it, or use `--base`"),
          );
        const said = stderr.toString("utf8").replaceAll(/\s+/g, " ").trim().slice(0, 300);
        const code = /not a git repository|dubious ownership/.test(said) ? "check_git" : "check_revision";
        finish(failure(code, `git cannot read the revision: ${said === "" ? error.message : said}`));
      },
    );
  });
}

function failure(code: "check_git" | "check_revision", message: string): Result<never, Failure> {
  return fail({ code, message });
}
