import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileEdit, Tree } from "../../src/app/gitops/tree.ts";
import { ok } from "../../src/core/result.ts";

export type Files = Readonly<Record<string, string>>;

export function treeOf(files: Files): Tree {
  const below = (under: string): readonly string[] =>
    Object.keys(files)
      .filter((path) => under === "" || path.startsWith(`${under}/`))
      .toSorted();
  return {
    read: (path) => Promise.resolve(ok(files[path])),
    list: (under) => Promise.resolve(ok(below(under))),
    filesWith: (under, text) => Promise.resolve(ok(below(under).filter((path) => files[path]!.includes(text)))),
  };
}

export function filesUnder(folder: string): Files {
  return Object.fromEntries(
    globSync("**/*.*", { cwd: folder })
      .toSorted()
      .map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
}

export function withEdits(files: Files, edits: readonly FileEdit[]): Files {
  const next: Record<string, string> = { ...files };
  for (const { path, text } of edits) {
    if (text === undefined) Reflect.deleteProperty(next, path);
    else next[path] = text;
  }
  return next;
}
