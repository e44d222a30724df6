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
  test("the demo tells the story of the sample, and every file and command it names works", async () => {
    const { stdout, stderr, code } = await runProgram(["demo"], { folder });
    expect([code, stderr]).toEqual([0, ""]);
    const place = stdout.indexOf("What deserves a look");
    expect(stdout.indexOf("What would be allowed")).toBeLessThan(place);
    // The gravest story comes first, as it happened.
    const story = stdout.slice(place);
    const parts = [
      "Deployment/storefront",
      "169.254.169.254 tcp/80",
      "10.20.30.38-10.20.30.42",
      "203.0.113.77 tcp/3333",
    ];
    expect(parts.map((part) => story.indexOf(part))).toEqual(
      parts.map((part) => story.indexOf(part)).toSorted((a, b) => a - b),
    );
    expect(story).toContain("denied       203.0.113.77 tcp/3333");
    const files = [...stdout.matchAll(/^ {2}(postern-out\/\S+)/gm)].map(([, path]) => path!);
    expect(files.length).toBe(3);
    for (const file of files) {
      const path = join(folder, file.replace("<namespace>", "shop-web"));
      expect((await readFile(path, "utf8")).length).toBeGreaterThan(100);
    }
    const commands = [...stdout.matchAll(/^ {2}\S*postern (.+)$/gm)].map(([, rest]) => rest!.split(" "));
    expect(commands.length).toBe(5);
    for (const args of commands) {
      const ran = await runProgram(args, { folder });
      expect(ran.stderr).not.toContain("error:");
      expect([0, 3]).toContain(ran.code);
    }
  });

  // One after another: the first writes what the later ones read.
  const historyCommands = Object.keys(exampleLines).filter((name) => name.startsWith("history"));
  const lines = ["suggest", "lint", "diff", "replay", "explain", "convert", ...historyCommands].flatMap((command) =>
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
    // The night of the storefront: the metadata service, the one door that opened, and what it kept talking to.
    const meant = new Set(["169.254.169.254", "10.20.30.40", "203.0.113.77"]);
    expect(broken.filter(({ address, protocol }) => !meant.has(address) && protocol !== "icmp")).toEqual([]);
  });
});
