import { spawn } from "node:child_process";
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
});
