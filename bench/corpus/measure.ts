import { execFileSync } from "node:child_process";
import { arch, cpus } from "node:os";

export function timed<T>(run: () => T): { readonly value: T; readonly ms: number } {
  const start = performance.now();
  const value = run();
  return { value, ms: performance.now() - start };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One JSON document with the raw values, the machine and the commit, so that figures can be compared later. */
export function printResult(question: string, figures: Readonly<Record<string, unknown>>): void {
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, arch: arch(), node: process.version };
  console.log(JSON.stringify({ question, commit: commit(), machine, ...figures }, undefined, 2));
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}
