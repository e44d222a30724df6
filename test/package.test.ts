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

const { status: installStatus, stderr: installWords } = install();
const isOffline = installStatus !== 0 && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(installWords);

describe.skipIf(isOffline && process.env.CI === undefined)("the installed package", () => {
  const home = join(place, "node_modules", "postern");
  const newNode = `${join(root, "node_modules", ".bin")}${delimiter}${machinePath}`;

  test("npm installs it and has nothing to say about scripts or Node.js versions", () => {
    expect(installStatus, installWords).toBe(0);
    expect(installWords).not.toMatch(/EBADENGINE|install scripts|deprecated/);
  });

  test("it holds what runs and what a reader needs, and no source", () => {
    const names = readdirSync(home, { recursive: true, encoding: "utf8" });
    expect(names).toEqual(expect.arrayContaining(["package.json", "LICENSE", join("dist", "launch.js")]));
    expect(names.filter((name) => /\.ts$|^(?:src|test|scripts|bench|node_modules)$/.test(name))).toEqual([]);
  });

  test("it has every file that a bundle names", () => {
    const bundles = readdirSync(join(home, "dist"));
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
