/** What a person meets after `git clone`: the launcher and the set-up, in a small checkout with a stand-in for npm. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeOptionsFor } from "../src/main/node-options.ts";

const root = dirname(import.meta.dirname);
let place: string;
let checkout: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "postern checkout "));
  checkout = join(place, "a clone");
  for (const path of ["bin/postern", "scripts/setup.mjs"]) {
    mkdirSync(join(checkout, dirname(path)), { recursive: true });
    copyFileSync(join(root, path), join(checkout, path));
  }
  writeLock("1.0.0");
  mkdirSync(join(checkout, "src", "main"), { recursive: true });
  writeFileSync(
    join(checkout, "src", "main", "cli.ts"),
    "const [code, ...rest]: string[] = process.argv.slice(2);\n" +
      "process.stdin.on('data', (text) => process.stdout.write(text));\n" +
      "process.stdout.write(JSON.stringify(rest) + process.cwd());\nprocess.exitCode = Number(code ?? 0);\n",
  );
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function writeLock(version: string): void {
  const lock = { packages: { "": {}, "node_modules/a": { version, integrity: "sha512-a" } } };
  writeFileSync(join(checkout, "package-lock.json"), JSON.stringify(lock));
}

/** Puts a program of this name first on the path; it notes its arguments before it does what is asked. */
function standIn(name: string, script: string): void {
  const folder = join(place, "stand-ins");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\necho "$*" >>"${join(place, `${name}-calls`)}"\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

function callsOf(name: string): readonly string[] {
  const file = join(place, `${name}-calls`);
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

/** What npm does when all goes well: a fresh `node_modules` with the Node.js in it. */
const installs = `rm -rf node_modules && mkdir -p node_modules/.bin node_modules/a &&
  ln -s "${process.execPath}" node_modules/.bin/node && cp package-lock.json node_modules/.package-lock.json`;

function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
) {
  const { npm_execpath: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: options.cwd ?? place,
    env: { ...env, PATH: `${join(place, "stand-ins")}${delimiter}${process.env.PATH ?? ""}` },
    input: options.input ?? "",
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const setUp = (mode: string) => run(process.execPath, [join(checkout, "scripts", "setup.mjs"), mode]);
const postern = (...args: readonly string[]) => run(join(checkout, "bin", "postern"), args);

describe.skipIf(process.platform === "win32")("bin/postern", () => {
  test("sets up the first time, with one line on stderr, and then runs", () => {
    standIn("npm", installs);
    expect(postern("0", "--to", "a b")).toEqual({
      status: 0,
      stdout: `["--to","a b"]${place}`,
      stderr: "postern: installing its packages into node_modules (runtime, once, about half a minute)\n",
    });
    expect(callsOf("npm")).toEqual([expect.stringMatching(/^ci --omit=dev /)]);
  });

  test("starts neither npm nor the set-up when all is in place", () => {
    standIn("npm", installs);
    postern();
    standIn("npm", "exit 99");
    standIn("node", "exit 99");
    expect(postern("0")).toEqual({ status: 0, stdout: `[]${place}`, stderr: "" });
    expect(callsOf("npm")).toHaveLength(1);
    expect(callsOf("node")).toEqual([]);
  });

  test("finds its checkout through symbolic links, from any folder, and keeps streams and exit code", () => {
    standIn("npm", installs);
    symlinkSync(join("a clone", "bin", "postern"), join(place, "relative"));
    mkdirSync(join(place, "programs"));
    symlinkSync(join(place, "relative"), join(place, "programs", "postern"));
    const asked = run(join(place, "programs", "postern"), ["3"], { cwd: join(place, "programs"), input: "typed" });
    expect(asked).toMatchObject({ status: 3, stdout: `[]${join(place, "programs")}typed` });
    expect(run("sh", ["postern", "4"], { cwd: join(checkout, "bin") })).toMatchObject({ status: 4, stderr: "" });
  });

  test("starts an observer and a server with the options of the published package", () => {
    standIn("npm", installs);
    const tell = (entry: string): string => `process.stdout.write(["${entry}", ...process.execArgv].join(" "));\n`;
    for (const entry of ["cli", "observer"]) {
      writeFileSync(join(checkout, "src", "main", `${entry}.ts`), tell(entry));
    }
    const optionsFor = (command: string): readonly string[] =>
      nodeOptionsFor([command], (process.env.NODE_OPTIONS ?? "").split(" "));
    expect(postern("observe").stdout).toBe(["observer", ...optionsFor("observe")].join(" "));
    expect(postern("serve", "--no-app").stdout).toBe(["cli", ...optionsFor("serve")].join(" "));
    expect(postern("observe", "check", "a.yaml").stdout).toBe("cli");
    expect(postern("suggest").stdout).toBe("cli");
  });

  test("runs nothing when the set-up fails", () => {
    standIn("npm", "echo 'npm error code ENOTFOUND' >&2; exit 1");
    const { status, stdout, stderr } = postern();
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("postern: set-up could not reach the npm registry (ENOTFOUND); it is needed once");
  });
});

describe.skipIf(process.platform === "win32")("scripts/setup.mjs", () => {
  test("development has all that runtime needs, but not the other way round", () => {
    standIn("npm", installs);
    setUp("runtime");
    // Somebody's own full install satisfies both, so the stand-in's is taken away between.
    rmSync(join(checkout, "node_modules", ".package-lock.json"));
    setUp("development");
    setUp("runtime");
    expect(callsOf("npm").map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      "ci --omit=dev",
      "ci --include=dev",
    ]);
  });

  test("installs again after the lock file changed", () => {
    standIn("npm", installs);
    setUp("runtime");
    writeLock("1.0.1");
    setUp("runtime");
    expect(callsOf("npm")).toHaveLength(2);
  });

  test("leaves somebody's own `npm ci` alone", () => {
    standIn("npm", installs);
    run("sh", ["-c", installs], { cwd: checkout });
    expect(setUp("development")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(callsOf("npm")).toEqual([]);
  });

  test("takes an install that broke off for none", () => {
    standIn("npm", installs);
    setUp("runtime");
    writeLock("1.0.1");
    standIn("npm", "mkdir -p node_modules/.bin; exit 1");
    expect(setUp("runtime").status).toBe(1);
    standIn("npm", installs);
    expect(setUp("runtime").status).toBe(0);
    expect(callsOf("npm")).toHaveLength(3);
  });

  test("shows npm's own words where it has none of its own", () => {
    standIn("npm", "echo 'npm error something odd' >&2; exit 1");
    const { status, stderr } = setUp("runtime");
    expect(status).toBe(1);
    expect(stderr).toContain("npm error something odd\npostern: set-up failed in `npm ci --omit=dev`");
  });

  test("makes the link to the Node.js that npm 10 takes away", () => {
    const packed = join("node_modules", `node-${process.platform}-${process.arch}`, "bin");
    standIn("npm", `${installs} && mkdir -p ${packed} && mv node_modules/.bin/node ${packed}/node`);
    expect(setUp("runtime").status).toBe(0);
    expect(existsSync(join(checkout, "node_modules", ".bin", "node"))).toBe(true);
  });

  test("refuses a mode it does not know", () => {
    expect(setUp("everything")).toMatchObject({ status: 2, stdout: "" });
  });
});
