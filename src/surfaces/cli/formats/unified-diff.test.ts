import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "./unified-diff.ts";

test("a change is told with three lines around it", () => {
  const before = Array.from({ length: 12 }, (_, i) => `line ${i}\n`).join("");
  const after = before.replace("line 5\n", "line five\nand a half\n").replace("line 11\n", "line 11");
  expect(unifiedDiff("shop.yaml", before, after)).toBe(
    [
      "--- a/shop.yaml",
      "+++ b/shop.yaml",
      "@@ -3,10 +3,11 @@",
      " line 2",
      " line 3",
      " line 4",
      "-line 5",
      "+line five",
      "+and a half",
      " line 6",
      " line 7",
      " line 8",
      " line 9",
      " line 10",
      "-line 11",
      "+line 11",
      "\\ No newline at end of file",
      "",
    ].join("\n"),
  );
});

const hasGit = spawnSync("git", ["--version"]).status === 0;

test.skipIf(!hasGit)("git applies what is printed, and gets the second text", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 })
    .chain((lines) => fc.constantFrom(`${lines.join("\n")}\n`, lines.join("\n")));
  const folder = mkdtempSync(join(tmpdir(), "postern-diff-"));
  try {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after && before !== "" && after !== "");
        writeFileSync(join(folder, "f.yaml"), before);
        const applied = spawnSync("git", ["apply", "--unsafe-paths", "--whitespace=nowarn", "-"], {
          cwd: folder,
          input: unifiedDiff("f.yaml", before, after),
        });
        expect(applied.stderr.toString()).toBe("");
        expect(readFileSync(join(folder, "f.yaml"), "utf8")).toBe(after);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
