import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { GitSettings } from "../../../src/adapters/git/settings.ts";

/** A repository that others push to, in a folder of its own, and a person who works on it. */
export interface BareRemote {
  readonly folder: string;
  readonly bare: string;
  /** As a person at a shell: in a clone of their own. @returns what git prints */
  git(...args: readonly string[]): string;
  /** A person's commit on a branch, pushed. @returns the commit */
  commit(branch: string, files: Readonly<Record<string, string | undefined>>, message?: string): string;
  read(branch: string, path: string): string;
  branches(): readonly string[];
  remove(): void;
}

const personEnv = {
  PATH: process.env.PATH ?? "",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

export function bareRemote(files: Readonly<Record<string, string>> = { "README.md": "# policies\n" }): BareRemote {
  const folder = mkdtempSync(join(tmpdir(), "postern-gitops-"));
  const bare = join(folder, "remote.git");
  const work = join(folder, "work");
  const run = (cwd: string, args: readonly string[]): string =>
    execFileSync("git", args, {
      cwd,
      env: { ...personEnv, HOME: folder },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  run(folder, ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  run(folder, ["clone", "--quiet", bare, work]);
  const remote: BareRemote = {
    folder,
    bare,
    git: (...args) => run(work, args),
    commit(branch, changes, message = "by hand") {
      run(work, ["fetch", "--quiet", "--prune", "origin"]);
      const isThere = run(work, ["branch", "-r", "--list", `origin/${branch}`]).trim() !== "";
      run(work, ["checkout", "--quiet", "-B", branch, ...(isThere ? [`origin/${branch}`] : [])]);
      for (const [path, text] of Object.entries(changes)) {
        if (text === undefined) rmSync(join(work, path));
        else {
          mkdirSync(dirname(join(work, path)), { recursive: true });
          writeFileSync(join(work, path), text);
        }
      }
      run(work, ["add", "--all"]);
      run(work, ["commit", "--quiet", "--allow-empty", "-m", message]);
      run(work, ["push", "--quiet", "origin", branch]);
      return run(work, ["rev-parse", "HEAD"]).trim();
    },
    read: (branch, path) => run(bare, ["show", `${branch}:${path}`]),
    branches: () =>
      run(bare, ["for-each-ref", "--format=%(refname:short)", "refs/heads"])
        .split("\n")
        .filter((name) => name !== ""),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  run(work, ["checkout", "--quiet", "-B", "main"]);
  remote.commit("main", files, "first");
  return remote;
}

export function settingsFor(remote: BareRemote, change: Partial<GitSettings> = {}): GitSettings {
  return {
    url: `file://${remote.bare}`,
    base: "main",
    folder: join(remote.folder, "mirror"),
    author: { name: "Postern", email: "postern@example.com" },
    access: { kind: "none" },
    caFile: undefined,
    signing: undefined,
    timeoutMs: 60_000,
    ...change,
  };
}
