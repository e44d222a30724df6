import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRevision } from "./read-revision.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-revision-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const git = (...words: readonly string[]): Buffer =>
    execFileSync(
      "git",
      ["-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false", ...words],
      { cwd: folder },
    );
  git("init", "-q", "-b", "main");
  mkdirSync(join(folder, "policies/sub"), { recursive: true });
  writeFileSync(join(folder, "policies/a.yaml"), "before\n");
  writeFileSync(join(folder, "policies/sub/ü b.yml"), "blank in its name\n");
  writeFileSync(join(folder, "policies/.hidden.yaml"), "hidden\n");
  writeFileSync(join(folder, "policies/notes.txt"), "no manifest\n");
  symlinkSync("/etc/hostname", join(folder, "policies/link.yaml"));
  git("add", ".");
  git("commit", "-qm", "one");
  writeFileSync(join(folder, "policies/a.yaml"), "after\n");
});

async function told(revision: string, paths: readonly string[], from = folder): Promise<unknown> {
  const read = await readRevision(revision, paths, from);
  return read.ok ? read.value.map(({ file, text }) => `${file}: ${text.trim()}`) : read.error.code;
}

test("files are as they were, told from where one stands", async () => {
  expect(await told("main", ["policies"])).toEqual([
    "policies/a.yaml: before",
    "policies/sub/ü b.yml: blank in its name",
  ]);
  expect(await told("HEAD", ["sub"], join(folder, "policies"))).toEqual(["sub/ü b.yml: blank in its name"]);
  expect(await told("main", ["policies/notes.txt"])).toEqual(["policies/notes.txt: no manifest"]);
  expect(await told("main", ["new"])).toEqual([]);
});

test.each([["nowhere"], ["--help"], ["HEAD:policies"], ["a b"], [""]])("`%s` is no revision", async (revision) => {
  expect(await told(revision, ["policies"])).toBe("check_revision");
});

test("what lies outside of the repository is refused, and so is a folder without one", async () => {
  expect(await told("main", ["../elsewhere"])).toBe("check_revision");
  expect(await told("main", ["x"], tmpdir())).toBe("check_git");
});
