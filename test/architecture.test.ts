/** Keeps the house: each rule is a function in `test/architecture/`, applied here to the whole tree. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { expect, test } from "vitest";
import {
  checkFileLengths,
  checkFolderReadmes,
  checkTestsExpect,
  checkUnfinishedNotes,
  checkVagueNames,
} from "./architecture/house-rules.ts";
import { checkImportCycles } from "./architecture/import-cycles.ts";
import { checkImportLaw } from "./architecture/import-law.ts";
import { checkPurity } from "./architecture/purity.ts";
import type { SourceFile } from "./architecture/source-file.ts";
import { checkUnreachableFiles } from "./architecture/unreachable-files.ts";

/** Files over the limit that stay in one piece, each with the reason. */
const longFiles: Readonly<Record<string, string>> = {
  "src/pipeline/sources/json-projection.ts":
    "one scanner whose loops share its position: a seam would cost a call per byte",
};

const root = dirname(import.meta.dirname);
const files: readonly SourceFile[] = globSync(
  ["{src,test,bench,scripts}/**/*.{ts,tsx,mjs,md}", "bin/*", ".ci/*", "*.{ts,md,json}"],
  { cwd: root, exclude: ["package-lock.json"] },
)
  .toSorted()
  .map((path) => ({ path: path.split(sep).join("/"), text: readFileSync(join(root, path), "utf8") }));

/** Benchmarks and scripts are started by path; so are process entries, configuration and what `index.html` names. */
function isEntry(path: string): boolean {
  return (
    /^(?:bench\/.+|(?:src\/main|scripts)\/[^/]+)\.ts$/.test(path) ||
    /^[^/]+\.config\.ts$/.test(path) ||
    path === "src/surfaces/web/main.tsx"
  );
}

test("the tree is seen at all", () => {
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(["src/main/cli.ts", "src/core/README.md"]));
});

test("imports follow the law", () => {
  expect(checkImportLaw(files)).toEqual([]);
});

test("core and pipeline import neither Node.js nor packages", () => {
  expect(checkPurity(files)).toEqual([]);
});

test("no files import each other in a circle", () => {
  expect(checkImportCycles(files)).toEqual([]);
});

test("every file is used", () => {
  expect(checkUnreachableFiles(files, isEntry)).toEqual([]);
});

test("every folder says what it is for", () => {
  expect(checkFolderReadmes(files)).toEqual([]);
});

test("no file is too long", () => {
  expect(checkFileLengths(files, longFiles)).toEqual([]);
});

test("no name says nothing", () => {
  expect(checkVagueNames(files)).toEqual([]);
});

test("every test file expects something", () => {
  expect(checkTestsExpect(files)).toEqual([]);
});

test("nothing is left unfinished", () => {
  expect(checkUnfinishedNotes(files)).toEqual([]);
});
