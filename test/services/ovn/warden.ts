/**
 * Runs the daemons of one private OVN and takes them down, whatever happens to the test: its standard input is a pipe
 * from the test process, so that it closes even when that process is killed. It is started in a session of its own,
 * where Ctrl-C does not reach it before its work is done.
 *
 * Usage: node warden.ts FOLDER NB_SCHEMA SB_SCHEMA; prints `ready` and lives until its standard input ends.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [folder = "", nbSchema = "", sbSchema = ""] = process.argv.slice(2);
const daemons: ChildProcess[] = [];
let isClosing = false;

function start(name: string, program: string, args: readonly string[]): void {
  const common = [
    `--unixctl=${folder}/${name}.ctl`,
    `--pidfile=${folder}/${name}.pid`,
    `--log-file=${folder}/${name}.log`,
  ];
  const daemon = spawn(program, [...common, "-vconsole:off", ...args], { stdio: "ignore" });
  daemon.on("error", (error) => fail(`${program} did not start: ${error.message}`));
  daemon.on("exit", (code) => {
    if (!isClosing) fail(`${program} ended with code ${code}`);
  });
  daemons.push(daemon);
}

function fail(message: string): void {
  if (isClosing) return;
  process.stdout.write(`failed: ${message}\n`);
  void close(1);
}

async function close(code: number): Promise<void> {
  if (isClosing) return;
  isClosing = true;
  for (const pid of pids()) signal(pid, "SIGTERM");
  for (let waited = 0; waited < 40 && pids().some(isAlive); waited += 1) await sleep(50);
  for (const pid of pids()) signal(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exitCode = code;
  process.stdin.destroy();
  for (const daemon of daemons) daemon.unref();
}

/** Both databases answer, or there is nothing left to wait for. */
function isReady(): boolean {
  return isClosing || (existsSync(`${folder}/nb.sock`) && existsSync(`${folder}/sb.sock`));
}

/** Own children, and the trace daemon, which detaches itself and leaves only its pid file. */
function pids(): number[] {
  const children = daemons.flatMap(({ pid, exitCode, signalCode }) =>
    pid !== undefined && exitCode === null && signalCode === null ? [pid] : [],
  );
  return [...children, ...detachedPids()];
}

function detachedPids(): number[] {
  try {
    const pid = Number(readFileSync(join(folder, "trace.pid"), "utf8"));
    return Number.isInteger(pid) && pid > 1 ? [pid] : [];
  } catch {
    return []; // not started, or it has just ended and taken the file with it
  }
}

function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

process.stdin.resume();
process.stdin.on("end", () => void close(0));
process.stdin.on("error", () => void close(0));
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => void close(0));
// A test process that is gone cannot read; that is no reason to stop cleaning up.
process.stdout.on("error", () => void close(0));

try {
  for (const [name, schema] of [
    ["nb", nbSchema],
    ["sb", sbSchema],
  ] as const) {
    execFileSync("ovsdb-tool", ["create", `${folder}/${name}.db`, schema], { stdio: "ignore" });
    start(name, "ovsdb-server", [`--remote=punix:${folder}/${name}.sock`, `${folder}/${name}.db`]);
  }
  while (!isReady()) await sleep(10);
  if (!isClosing) {
    start("northd", "ovn-northd", [`--ovnnb-db=unix:${folder}/nb.sock`, `--ovnsb-db=unix:${folder}/sb.sock`]);
    process.stdout.write(`ready ${daemons.map(({ pid }) => pid).join(" ")}\n`);
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
