import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleLines } from "../../src/surfaces/cli/help.ts";
import { runProgram } from "./program.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-sample-"));
  await symlink(examples, join(folder, "examples"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("on the bundled sample", { timeout: 120_000 }, () => {
  test("the demo shows what was learned, and every file and command it names exists", async () => {
    const { stdout, code } = await runProgram(["demo"], { folder });
    expect(code).toBe(0);
    for (const title of ["What was recorded", "What was learned", "What is proposed", "What would change"]) {
      expect(stdout).toContain(title);
    }
    expect(stdout).toContain("169.254.169.254");
    const files = [...stdout.matchAll(/^ {2}(postern-out\/\S+)/gm)].map(([, path]) => path!);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect((await readFile(join(folder, file), "utf8")).length).toBeGreaterThan(100);
  });

  // One after another: the first writes what the later ones read.
  const lines = ["suggest", "lint", "diff", "replay", "explain", "convert"].flatMap((command) =>
    exampleLines[command]!.map(({ line }) => line),
  );
  test.each(lines)("an example of the help works: %s", async (line) => {
    const [, ...args] = line.split(" ");
    const { stdout, stderr, code } = await runProgram(args, { folder });
    expect(stderr).not.toContain("error:");
    expect([0, 3]).toContain(code);
    expect(`${stdout}${stderr}`).not.toBe("");
  });

  test("the same flows give the same bytes", async () => {
    const args = [
      "suggest",
      "examples/shop/flows",
      "--cluster",
      "examples/shop/cluster",
      "-n",
      "shop-web",
      "-o",
      "json",
    ];
    const [first, second] = await Promise.all([runProgram(args, { folder }), runProgram(args, { folder })]);
    expect(first.stdout).toBe(second.stdout);
  });

  test("a proposal breaks nothing that it says it allows", async () => {
    const flows = ["examples/shop/flows", "--cluster", "examples/shop/cluster"];
    const { stdout } = await runProgram(["replay", "--policies", "proposals", "-o", "json", ...flows], { folder });
    const { groups } = JSON.parse(stdout) as {
      groups: readonly { outcome: string; destination: { address: string; protocol: string } }[];
    };
    const broken = groups.filter(({ outcome }) => outcome === "broken").map(({ destination }) => destination);
    expect(broken.filter(({ address, protocol }) => address !== "169.254.169.254" && protocol !== "icmp")).toEqual([]);
  });
});
