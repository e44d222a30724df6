/** A check that cannot fail is a defect: each rule is shown what it forbids, and what it must leave alone. */
import { describe, expect, test } from "vitest";
import {
  checkFileLengths,
  checkFolderReadmes,
  checkTestsExpect,
  checkUnfinishedNotes,
  checkVagueNames,
} from "./house-rules.ts";
import { checkImportCycles } from "./import-cycles.ts";
import { checkImportLaw } from "./import-law.ts";
import { checkPurity } from "./purity.ts";
import { referencesOf, type SourceFile } from "./source-file.ts";
import { checkUnreachableFiles } from "./unreachable-files.ts";

function file(path: string, ...lines: readonly string[]): SourceFile {
  return { path, text: `${lines.join("\n")}\n` };
}

/** A file that imports the given modules. */
function importing(path: string, ...specifiers: readonly string[]): SourceFile {
  return file(path, ...specifiers.map((specifier) => `import { value } from "${specifier}";`));
}

describe("the modules a file names", () => {
  test.each([
    ['import { a } from "./a.ts";', "./a.ts"],
    ['import type { A } from "../a.ts";', "../a.ts"],
    ['import a, { type B } from "zod";', "zod"],
    ['import * as a from "node:fs";', "node:fs"],
    ['import {\n  a,\n  b,\n} from "./a.ts";', "./a.ts"],
    ['import "./side-effect.ts";', "./side-effect.ts"],
    ['import manifest from "../package.json" with { type: "json" };', "../package.json"],
    ['export { a } from "./a.ts";', "./a.ts"],
    ['export type { A } from "./a.ts";', "./a.ts"],
    ['export * from "./a.ts";', "./a.ts"],
    ['  const a = await import("./a.ts");', "./a.ts"],
    ['  new Worker(new URL("./worker.ts", import.meta.url));', "./worker.ts"],
    ['  new Worker(\n    new URL("./worker.ts", import.meta.url),\n  );', "./worker.ts"],
    ['  join(import.meta.dirname, "warden.ts")', "./warden.ts"],
  ])("%s", (line, specifier) => {
    expect(referencesOf(file("src/main/x.ts", line)).map((reference) => reference.specifier)).toEqual([specifier]);
  });

  test.each([
    [' * import { a } from "./a.ts";'],
    [' * see import("./a.ts")'],
    ['// import("./a.ts")'],
    ["export const from = 1;"],
    ['export const a = 1;\nconst words = `from "here"`;'],
  ])("none in %s", (line) => {
    expect(referencesOf(file("src/main/x.ts", line))).toEqual([]);
  });

  test("each with its line, its target, and whether it is a type", () => {
    const text = ["/** Doc. */", 'import type { A } from "../core/a.ts";', 'import { b } from "zod";'];
    expect(referencesOf(file("src/app/x.ts", ...text))).toEqual([
      { line: 2, specifier: "../core/a.ts", target: "src/core/a.ts", isTypeOnly: true },
      { line: 3, specifier: "zod", target: undefined, isTypeOnly: false },
    ]);
  });
});

describe("the import law", () => {
  test.each([
    ["src/core/net/a.ts", "../policy/b.ts"],
    ["src/pipeline/flows/a.ts", "../../core/net/b.ts"],
    ["src/pipeline/flows/a.ts", "./b.ts"],
    ["src/pipeline/verify/a.ts", "../sources/b.ts"],
    ["src/pipeline/monitor/a.ts", "../enforce/b.ts"],
    ["src/app/a.ts", "../pipeline/verify/b.ts"],
    ["src/adapters/duckdb/a.ts", "../../app/b.ts"],
    ["src/adapters/duckdb/a.ts", "./sub/b.ts"],
    ["src/surfaces/cli/commands/a.ts", "../io.ts"],
    ["src/main/a.ts", "../adapters/duckdb/b.ts"],
    ["src/main/a.ts", "./b.ts"],
    ["src/surfaces/cli/version.ts", "../../../package.json"],
    ["src/core/net/a.test.ts", "../../../test/oracle/b.ts"],
    ["src/core/net/a.test.ts", "./b.test-support.ts"],
    ["src/core/net/a.test-support.ts", "../../../test/oracle/b.ts"],
    ["src/core/net/a.ts", "node:fs"],
    ["test/a.ts", "../src/main/b.ts"],
  ])("%s may import %s", (path, specifier) => {
    expect(checkImportLaw([importing(path, specifier)])).toEqual([]);
  });

  test.each([
    ["src/core/net/a.ts", "../../pipeline/flows/b.ts", "core must not know pipeline"],
    ["src/core/net/a.test.ts", "../../pipeline/flows/b.ts", "core must not know pipeline"],
    ["src/pipeline/flows/a.ts", "../../app/b.ts", "pipeline must not know app"],
    ["src/pipeline/sources/a.ts", "../flows/b.ts", "the stage sources must not know flows"],
    ["src/pipeline/enforce/a.ts", "../monitor/b.ts", "the stage enforce must not know monitor"],
    ["src/app/a.ts", "../adapters/duckdb/b.ts", "app must not know adapters"],
    ["src/adapters/duckdb/a.ts", "../kafka/b.ts", "adapters are strangers"],
    ["src/adapters/duckdb/a.ts", "../../surfaces/cli/b.ts", "adapters must not know surfaces"],
    ["src/surfaces/cli/a.ts", "../http/b.ts", "surfaces are strangers"],
    ["src/surfaces/cli/a.ts", "../../adapters/duckdb/b.ts", "surfaces must not know adapters"],
    ["src/app/a.ts", "../main/b.ts", "app must not know main"],
    ["src/main/a.ts", "../../test/b.ts", "no test code"],
    ["src/main/a.ts", "../../scripts/b.ts", "nothing outside src"],
    ["src/core/net/a.test.ts", "./b.test.ts", "nobody's library"],
    ["src/core/net/a.ts", "./b.test-support.ts", "no test code"],
  ])("%s must not import %s", (path, specifier, why) => {
    expect(checkImportLaw([importing(path, specifier)])).toEqual([
      expect.stringContaining(`${path}:1 imports \`${specifier}\`: `),
    ]);
    expect(checkImportLaw([importing(path, specifier)])[0]).toContain(why);
  });

  test("a type counts as much as a value", () => {
    const text = 'import type { B } from "../../app/b.ts";';
    expect(checkImportLaw([file("src/core/net/a.ts", text)])).toHaveLength(1);
  });

  test.each([
    ["src/a.ts", "lies in no layer"],
    ["src/shared/a.ts", "lies in no layer"],
    ["src/pipeline/a.ts", "lies in no stage"],
    ["src/pipeline/other/a.ts", "lies in no stage"],
  ])("%s %s", (path, what) => {
    expect(checkImportLaw([file(path, "")])).toEqual([expect.stringContaining(`${path} ${what}`)]);
  });
});

describe("purity", () => {
  test.each([
    ["src/core/net/a.ts", "node:fs"],
    ["src/core/net/a.ts", "zod"],
    ["src/pipeline/flows/a.ts", "yaml"],
  ])("%s must not import %s", (path, specifier) => {
    expect(checkPurity([importing(path, specifier)])).toEqual([expect.stringContaining(`imports \`${specifier}\``)]);
  });

  test.each([
    ["src/core/net/a.ts", "./b.ts"],
    ["src/core/net/a.test.ts", "fast-check"],
    ["src/core/net/a.test-support.ts", "fast-check"],
    ["src/adapters/manifests/a.ts", "yaml"],
    ["src/app/a.ts", "node:path"],
  ])("%s may import %s", (path, specifier) => {
    expect(checkPurity([importing(path, specifier)])).toEqual([]);
  });
});

describe("import cycles", () => {
  test("a file that imports itself", () => {
    expect(checkImportCycles([importing("src/app/a.ts", "./a.ts")])).toEqual([
      expect.stringContaining("src/app/a.ts → src/app/a.ts: "),
    ]);
  });

  test("a circle is told once, the shortest way round", () => {
    const files = [
      importing("src/app/a.ts", "./b.ts"),
      importing("src/app/b.ts", "./d.ts", "./c.ts"),
      importing("src/app/c.ts", "./a.ts"),
      importing("src/app/d.ts", "./c.ts"),
    ];
    expect(checkImportCycles(files)).toEqual([
      expect.stringContaining("src/app/a.ts → src/app/b.ts → src/app/c.ts → src/app/a.ts: "),
      expect.stringContaining("src/app/d.ts → "),
    ]);
  });

  test("no circle where ways meet again, nor through a type", () => {
    const files = [
      importing("src/app/a.ts", "./b.ts", "./c.ts"),
      importing("src/app/b.ts", "./d.ts"),
      importing("src/app/c.ts", "./d.ts"),
      file("src/app/d.ts", 'import type { A } from "./a.ts";'),
    ];
    expect(checkImportCycles(files)).toEqual([]);
  });
});

describe("unreachable files", () => {
  const isEntry = (path: string): boolean => path.startsWith("src/main/");

  test("what an entry or a test imports, however far, is used", () => {
    const files = [
      importing("src/main/a.ts", "../app/b.ts"),
      importing("src/app/b.ts", "../core/c.ts"),
      file("src/core/c.ts", ""),
      importing("src/core/d.test.ts", "./d.ts"),
      file("src/core/d.ts", ""),
    ];
    expect(checkUnreachableFiles(files, isEntry)).toEqual([]);
  });

  test("two files that only know each other are not", () => {
    const files = [importing("src/app/a.ts", "./b.ts"), importing("src/app/b.ts", "./a.ts")];
    expect(checkUnreachableFiles(files, isEntry)).toEqual([
      expect.stringContaining("src/app/a.ts is imported by nothing"),
      expect.stringContaining("src/app/b.ts is imported by nothing"),
    ]);
  });
});

describe("house rules", () => {
  test("every folder of sources, and those above it, have a README with words in it", () => {
    const files = [
      file("src/core/net/ip.ts", ""),
      file("src/core/README.md", "Words and laws."),
      file("src/core/net/README.md", ""),
    ];
    expect(checkFolderReadmes(files)).toEqual([expect.stringContaining("src/core/net has no README.md")]);
    expect(checkFolderReadmes(files.slice(0, 1))).toHaveLength(2);
    expect(checkFolderReadmes([file("test/x/a.ts", "")])).toEqual([]);
  });

  test("a file has at most 400 lines, or a reason", () => {
    const lines = (count: number): readonly string[] => Array.from({ length: count }, () => "//");
    const long = file("src/core/long.ts", ...lines(401));
    expect(checkFileLengths([file("src/core/a.ts", ...lines(400))], {})).toEqual([]);
    expect(checkFileLengths([long], {})).toEqual([expect.stringContaining("src/core/long.ts has 401 lines")]);
    expect(checkFileLengths([long], { "src/core/long.ts": "a table" })).toEqual([]);
    expect(checkFileLengths([], { "src/core/long.ts": "a table" })).toEqual([
      expect.stringContaining("src/core/long.ts is listed as a long file and is none"),
    ]);
  });

  test.each([
    ["src/core/utils.ts", 1],
    ["src/core/net/ip-util.ts", 1],
    ["src/app/helpers.test.ts", 1],
    ["src/app/types.ts", 1],
    ["scripts/helper.mjs", 1],
    ["src/core/net/prototypes.ts", 0],
    ["src/core/types-of-service.ts", 0],
    ["src/core/utils/README.md", 0],
  ])("%s: %i findings for its name", (path, count) => {
    expect(checkVagueNames([file(path, "")])).toHaveLength(count);
  });

  test("a test file expects something", () => {
    const empty = file("src/core/a.test.ts", 'test("runs", () => { run(); });');
    expect(checkTestsExpect([empty])).toEqual([expect.stringContaining("src/core/a.test.ts expects nothing")]);
    expect(checkTestsExpect([file("src/core/a.test.ts", "expect(1).toBe(1);")])).toEqual([]);
    expect(checkTestsExpect([file("src/core/a.test.ts", "fc.assert(property);")])).toEqual([]);
    expect(checkTestsExpect([file("src/core/a.ts", "")])).toEqual([]);
  });

  test("notes of unfinished work are found by line", () => {
    const note = `// ${["TO", "DO"].join("")}: later`;
    expect(checkUnfinishedNotes([file("src/core/a.ts", "", note)])).toEqual([
      expect.stringContaining("src/core/a.ts:2 says"),
    ]);
    expect(checkUnfinishedNotes([file("src/core/a.ts", "const todo = mktemp('XXXXXX');")])).toEqual([]);
  });
});

describe("the application in the browser", () => {
  test.each([
    ['import type { Page } from "../../../app/wire/list.ts";', 0],
    ['import { pageOf } from "../../../app/wire/list.ts";', 1],
    ['import type { Desk } from "../../../app/desk/desk.ts";', 1],
    ['import { Time } from "../parts/time.tsx";', 0],
    ['import { createRoot } from "react-dom/client";', 0],
  ])("%s: %d findings", (line, findings) => {
    expect(checkImportLaw([file("src/surfaces/web/pages/page.tsx", line)])).toHaveLength(findings);
  });
});
