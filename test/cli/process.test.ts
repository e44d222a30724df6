import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cli, filesFolder, runProgram } from "./program.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-cli-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const timeout = 60_000;

describe("as a process", { timeout }, () => {
  test("Ctrl-C while it waits for input ends it with 130 and no words", async () => {
    const child = spawn(process.execPath, [cli, "lint", "-"], { stdio: ["pipe", "pipe", "pipe"] });
    let told = "";
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    const code = await new Promise((resolve) => {
      child.on("close", resolve);
      // The listener is set before anything is read, and reading is what it waits for.
      setTimeout(() => child.kill("SIGINT"), 1500);
    });
    expect([code, told]).toEqual([130, ""]);
  });

  test("a reader that stops reading is no error", async () => {
    const child = spawn(process.execPath, [cli, "lint", "traps", "-o", "sarif"], {
      cwd: filesFolder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let told = "";
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    const code = await new Promise((resolve) => {
      child.on("close", resolve);
    });
    expect([code, told]).toEqual([0, ""]);
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk is told in one sentence", async () => {
    const full = await open("/dev/full", "w");
    const child = spawn(process.execPath, [cli, "lint", "traps"], {
      cwd: filesFolder,
      stdio: ["ignore", full.fd, "pipe"],
    });
    let told = "";
    child.stderr!.on("data", (text: Buffer) => (told += text.toString()));
    const code = await new Promise((resolve) => {
      child.on("close", resolve);
    });
    await full.close();
    expect([code, told.trimEnd().split("\n").at(-1)]).toEqual([
      1,
      "error: standard output could not be written: no space left on device",
    ]);
  });

  test("help loads no command, and versions agree", async () => {
    const { stdout, code } = await runProgram(["--version"]);
    const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect([stdout, code]).toEqual([`${manifest.version}\n`, 0]);
  });

  test("policies come from standard input too", async () => {
    const stdin = await readFile(join(filesFolder, "traps", "shop.yaml"), "utf8");
    const { stdout, code } = await runProgram(["lint", "-"], { stdin });
    expect(stdout).toContain("<stdin>:8:13\terror\tef_unanchored_type");
    expect(code).toBe(3);
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read exits with 4", async () => {
    const file = join(folder, "secret.yaml");
    await writeFile(file, "kind: EgressFirewall\n");
    await chmod(file, 0o000);
    const { code, stderr } = await runProgram(["lint", file]);
    expect([code, stderr]).toEqual([4, expect.stringContaining("no permission to read this file")]);
  });

  test("convert writes one file per namespace and leaves others alone", async () => {
    await writeFile(join(folder, "README.md"), "mine");
    const first = await runProgram(["convert", "legacy", "--to", "egressfirewall", "--out", folder]);
    expect([first.code, first.stdout]).toEqual([0, `${join(folder, "media", "egressfirewall.yaml")}\n`]);
    const text = await readFile(join(folder, "media", "egressfirewall.yaml"), "utf8");
    expect(text).toContain("kind: EgressFirewall");
    expect((await readdir(folder, { recursive: true })).toSorted()).toEqual([
      "README.md",
      "media",
      "media/egressfirewall.yaml",
    ]);
    const second = await runProgram(["convert", "legacy", "--to", "egressfirewall", "--out", folder]);
    expect(second.code).toBe(0);
    expect(await readFile(join(folder, "media", "egressfirewall.yaml"), "utf8")).toBe(text);
  });

  test("too much to compare is not called equal", async () => {
    const own = Array.from({ length: 60 }, (_, i) => networkPolicy(`own-${i}`));
    await writeFile(join(folder, "before.yaml"), [...own, adminPolicies(1, 1, "Allow")].join("---\n"));
    await writeFile(join(folder, "after.yaml"), [...own, adminPolicies(1, 1, "Pass")].join("---\n"));
    const table = await runProgram(["diff", "before.yaml", "after.yaml"], { folder });
    expect([table.code, table.stdout, table.stderr.trimEnd().split("\n").slice(-2)]).toEqual([
      3,
      expect.not.stringContaining("newly"),
      [
        "not compared in shop: pods that meet 2 or more of 61 conditions at once: there are too many to compare",
        "not proven equal: no change was found in 2 namespaces, but there is too much to compare",
      ],
    ]);
    const json = await runProgram(["diff", "before.yaml", "after.yaml", "-o", "json"], { folder });
    expect(JSON.parse(json.stdout)).toMatchObject({ equal: false, complete: false });
    const junit = await runProgram(["diff", "before.yaml", "after.yaml", "-o", "junit"], { folder });
    expect(junit.stdout).toContain("diff_not_compared");
  });

  test("SIGTERM while it computes for long ends it at once", async () => {
    const spaces = Array.from({ length: 120 }, (_, space) => `shop-${space}`);
    const own = spaces.flatMap((space) => Array.from({ length: 20 }, (_, i) => networkPolicy(`own-${i}`, space)));
    await writeFile(join(folder, "before.yaml"), [...own, adminPolicies(20, 250, "Allow")].join("---\n"));
    await writeFile(join(folder, "after.yaml"), [...own, adminPolicies(20, 250, "Pass")].join("---\n"));
    const child = spawn(process.execPath, [cli, "diff", "before.yaml", "after.yaml"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    const ended = await new Promise((resolve) => {
      child.on("close", (code, by) => resolve(code ?? by));
      setTimeout(() => child.kill("SIGTERM"), 4000);
    });
    // A slow machine may still be reading, which ends in an orderly way; neither comes to a result.
    expect(["SIGTERM", 130]).toContain(ended);
    expect(told).toBe("");
  });

  test("a signal that came before it computes is not forgotten", () => {
    const entry = new URL("../../src/main/command-line.ts", import.meta.url).href;
    const script = `const { answerCommandLine } = await import(${JSON.stringify(entry)});
      await answerCommandLine(async (io) => {
        process.kill(process.pid, "SIGTERM");
        await io.busy(() => process.stdout.write("computed"));
        return 0;
      });`;
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 130, stdout: "" });
  });
});

function networkPolicy(name: string, namespace = "shop"): string {
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: ${namespace} }
spec: { podSelector: { matchExpressions: [{ key: ${name}, operator: Exists }] }, policyTypes: [Egress], egress: [{}] }
`;
}

/** Each with so many rules, the first of them with this action, for pods with a label of its own. */
function adminPolicies(count: number, rules: number, first: "Allow" | "Pass"): string {
  const rule = (policy: number, at: number): string => {
    const action = policy === 0 && at === 0 ? first : at % 2 === 0 ? "Allow" : "Deny";
    return `    - { action: ${action}, to: [{ networks: [10.${policy}.${at}.0/${24 + (at % 5)}] }] }\n`;
  };
  return Array.from(
    { length: count },
    (_, policy) => `apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: admin-${policy} }
spec:
  priority: ${policy}
  subject: { pods: { namespaceSelector: {}, podSelector: { matchExpressions: [{ key: a${policy}, operator: Exists }] } } }
  egress:
${Array.from({ length: rules }, (_rule, at) => rule(policy, at)).join("")}`,
  ).join("---\n");
}
