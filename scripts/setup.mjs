/**
 * Set-up of a checkout: `node scripts/setup.mjs runtime|development` installs the locked packages unless they are
 * there already. `development` includes all that `runtime` has.
 *
 * Plain JavaScript, because it runs on whatever Node.js the machine has; the one that runs Postern comes with the
 * packages. `bin/postern` compares the same stamp, so that nothing of this is started when all is in place.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {"runtime" | "development"} Mode */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, "package-lock.json");
const modules = join(root, "node_modules");
const stamps = join(modules, ".postern");
const ownNode = join(modules, ".bin", process.platform === "win32" ? "node.cmd" : "node");
const oldestNode = 24;

const mode = process.argv[2];
if (mode !== "runtime" && mode !== "development") {
  console.error("postern: `scripts/setup.mjs` takes one argument, `runtime` or `development`");
  process.exit(2);
}
/** @type {Mode[]} */
const satisfying = mode === "runtime" ? ["runtime", "development"] : ["development"];
if (!existsSync(ownNode) || !satisfying.some((each) => sameText(stampOf(each), lockFile))) {
  rmSync(stamps, { recursive: true, force: true });
  if (!isInstalled(mode)) install(mode);
  provideNode();
  mkdirSync(stamps, { recursive: true });
  copyFileSync(lockFile, stampOf(mode));
}

/**
 * The stamp is a copy of the lock file that was installed, so that `cmp` can compare it.
 * @param {Mode} of
 */
function stampOf(of) {
  return join(stamps, `${of}.lock`);
}

/**
 * @param {string} a
 * @param {string} b
 */
function sameText(a, b) {
  return existsSync(a) && existsSync(b) && readFileSync(a).equals(readFileSync(b));
}

/**
 * Whether somebody's own `npm ci` or `npm install` left what the lock file asks for in this mode.
 * @param {Mode} wanted
 */
function isInstalled(wanted) {
  const installed = packagesIn(join(modules, ".package-lock.json"));
  return Object.entries(packagesIn(lockFile)).every(([path, locked]) => {
    if (path === "" || (locked.dev === true && wanted === "runtime")) return true;
    const found = installed[path];
    if (found === undefined) return locked.optional === true;
    return found.version === locked.version && found.integrity === locked.integrity && existsSync(join(root, path));
  });
}

/** @typedef {{ version?: string, integrity?: string, dev?: boolean, optional?: boolean }} LockedPackage */

/** @param {string} file a lock file of npm */
function packagesIn(file) {
  if (!existsSync(file)) return {};
  const lock = /** @type {{ packages: Record<string, LockedPackage> }} */ (JSON.parse(readFileSync(file, "utf8")));
  return lock.packages;
}

/** @param {Mode} wanted */
function install(wanted) {
  console.error(`postern: installing its packages into node_modules (${wanted}, once, about half a minute)`);
  const wish = wanted === "runtime" ? "--omit=dev" : "--include=dev";
  const args = [
    "ci",
    wish,
    "--include=optional",
    "--prefer-offline",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-factor=3",
    "--loglevel=error",
  ];
  const { status, signal, stdout, stderr, error } = runNpm(args);
  if (status === 0) return;
  if (signal !== null) stop(`was interrupted by ${signal}`, "run the same command again");
  if (error !== undefined)
    stop(`could not start npm: ${error.message}`, "install npm, then run the same command again");
  const offline = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/;
  const code = offline.exec(stderr);
  if (code !== null) {
    stop(
      `could not reach the npm registry (${code[0]})`,
      "it is needed once: check the network and proxy (`npm config get registry`, `npm config get proxy`), then run the same command again",
    );
  }
  console.error(`${stdout}${stderr}`.trimEnd());
  stop(`failed in \`npm ${args.slice(0, 2).join(" ")}\``, "npm's own words are above");
}

/**
 * Under npm its own path is known; otherwise, on Windows, only a shell finds `npm.cmd`. No argument is a user's.
 * @param {string[]} args
 */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  /** @type {import("node:child_process").SpawnSyncOptionsWithStringEncoding} */
  const options = { cwd: root, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" };
  if (npm?.endsWith("npm-cli.js") === true) return spawnSync(process.execPath, [npm, ...args], options);
  return spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}

/**
 * Leaves a Node.js that is new enough as `node_modules/.bin/node`, where npm's scripts and `bin/postern` look first.
 * npm links it there itself, but npm 10 takes the link away again when it leaves out the packages of other platforms;
 * and for some platforms npm has no Node.js 24, so that the machine's own one has to do.
 */
function provideNode() {
  if (existsSync(ownNode)) return;
  const { platform, arch, execPath, versions } = process;
  const packed = join(modules, `node-${platform}-${arch}`, "bin", "node");
  if (!existsSync(packed) && Number.parseInt(versions.node, 10) < oldestNode) {
    stop(
      `found Node.js ${versions.node}, and npm offers no Node.js ${oldestNode} for ${platform} on ${arch}`,
      `install Node.js ${oldestNode} or newer, then run the same command again`,
    );
  }
  if (platform === "win32") return;
  rmSync(ownNode, { force: true });
  symlinkSync(existsSync(packed) ? relative(dirname(ownNode), packed) : execPath, ownNode);
}

/**
 * @param {string} what
 * @param {string} remedy
 * @returns {never}
 */
function stop(what, remedy) {
  console.error(`postern: set-up ${what}; ${remedy}`);
  process.exit(1);
}
