#!/usr/bin/env node
/**
 * Entry of the published package: runs the command line on a Node.js that is new enough, the machine's own or the one
 * that npm installed beside it. This file alone must run on the oldest Node.js that package.json names.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentFor, isObserver, nodeOptionsFor } from "./node-options.ts";

const oldestNode = 24;
const args = process.argv.slice(2);
const entry = isObserver(args) ? new URL("./observer.ts", import.meta.url) : new URL("./cli.ts", import.meta.url);
const options = nodeOptionsFor(args, [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)]);

if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
  // Options hold for a process from its start; where the system lets it, this one starts again in its own place.
  if (options.length > 0 && process.platform !== "win32") {
    const argv = [process.execPath, ...process.execArgv, ...options, ...process.argv.slice(1)];
    process.execve?.(process.execPath, argv, environmentFor(args, process.env));
  }
  await import(entry.href);
} else {
  const node = nodeInstalledBeside();
  if (node === undefined) {
    process.stderr.write(
      `postern: needs Node.js ${oldestNode} or newer and this is ${process.versions.node}; ` +
        `install a newer one, or install postern again with \`--include=optional\` so that npm brings one\n`,
    );
    process.exitCode = 1;
  } else {
    runOn(node);
  }
}

/** Path of the program in the optional package for this platform; undefined where npm left it out or has none. */
function nodeInstalledBeside(): string | undefined {
  const [platform, program] = process.platform === "win32" ? ["win", "node.exe"] : [process.platform, "node"];
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`);
    return join(dirname(manifest), "bin", program);
  } catch {
    return undefined;
  }
}

/** Stands in for the command line: same streams, same signals, same exit. */
function runOn(node: string): void {
  const child = spawn(node, [...options, fileURLToPath(entry), ...args], {
    stdio: "inherit",
    env: environmentFor(args, process.env),
  });
  // A terminal sends its interrupt to the child as well; passing it on would interrupt twice.
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !hasTerminal) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`postern: could not start \`${node}\`: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
