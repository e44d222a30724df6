/**
 * How many audit records a second are appended, exported and verified? Each part is a process of its own; verifying an export is compared
 * with `sha256sum` of the same file, which reads every byte once and hashes it once.
 *
 *   node bench/audit.ts [--records 1000000] [--rounds 3]
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keyFileSigner } from "../src/adapters/audit-key/key-file.ts";
import { openSqliteState } from "../src/adapters/sql-state/open-sqlite.ts";
import type { AuditEntry } from "../src/app/audit/audit-log.ts";
import { auditOrigin, signCheckpoint } from "../src/app/audit/sign-checkpoint.ts";
import { median, printResult } from "./corpus/measure.ts";

const { values } = parseArgs({
  options: { records: { type: "string", default: "1000000" }, rounds: { type: "string", default: "3" } },
});
const [records, rounds] = [Number(values.records), Number(values.rounds)];
const cli = join(import.meta.dirname, "../src/main/cli.ts");
const folder = mkdtempSync(join(tmpdir(), "postern-bench-audit-"));
const file = join(folder, "audit.jsonl");
/** Of one transaction: a decision has one or two, a busy minute of automation some dozens. */
const perTransaction = 1_000;
const checkpointEvery = 100_000;

function entryOf(n: number): AuditEntry {
  return {
    atMs: 1_700_000_000_000 + n,
    kind: "proposal.approve",
    subject: `proposal/p-${n.toString(16).padStart(16, "0")}`,
    actor: { subject: "local:ada", name: "Ada" },
    payload: { cluster: "east", namespace: `team-${n % 997}`, revision: n % 7, risk: "low" },
  };
}

interface Timing {
  readonly seconds: number;
  /** Of the processor, by the program and for it. */
  readonly cpuSeconds: number;
}

function timed(command: string, args: readonly string[], out?: string): Timing {
  const stdout = out === undefined ? "ignore" : openSync(out, "w");
  const script = 'TIMEFORMAT="%R %U %S"; time "$0" "$@"';
  const { status, stderr } = spawnSync("bash", ["-c", script, command, ...args], {
    stdio: ["ignore", stdout, "pipe"],
    encoding: "utf8",
  });
  if (typeof stdout === "number") closeSync(stdout);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  const [seconds = 0, user = 0, system = 0] = stderr.trim().split("\n").at(-1)!.split(" ").map(Number);
  return { seconds, cpuSeconds: user + system };
}

async function fill(): Promise<{ readonly batched: number; readonly single: number }> {
  const opened = await openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: true, nowMs: () => 0 });
  if (!opened.ok) throw new Error(opened.error.message);
  const state = opened.value;
  const { audit } = state.decisions;
  const signer = keyFileSigner({ folder, origin: await auditOrigin(state.settings) });
  let start = performance.now();
  const singles = 2_000;
  for (let n = 0; n < singles; n += 1) await audit.append([entryOf(n)]);
  const single = (singles * 1000) / (performance.now() - start);
  start = performance.now();
  for (let n = singles; n < records; n += perTransaction) {
    const count = Math.min(perTransaction, records - n);
    await audit.append(Array.from({ length: count }, (_, own) => entryOf(n + own)));
    if (n % checkpointEvery < perTransaction) await signCheckpoint(state.decisions, signer, n);
  }
  const batched = ((records - singles) * 1000) / (performance.now() - start);
  const signed = await signCheckpoint(state.decisions, signer, records);
  if (!signed.ok) throw new Error(signed.error.message);
  await state.close();
  return { batched, single };
}

const appended = await fill();
const node = process.execPath;
const data = ["--data", folder];
const parts = {
  export: () => timed(node, [cli, "audit", "export", ...data], file),
  sha256sum: () => timed("sha256sum", [file]),
  verifyExport: () => timed(node, [cli, "audit", "verify", file]),
  verifyStore: () => timed(node, [cli, "audit", "verify", ...data]),
};
const raw: Record<keyof typeof parts, Timing[]> = { export: [], sha256sum: [], verifyExport: [], verifyStore: [] };
for (let round = 0; round < rounds; round += 1) {
  for (const [name, run] of Object.entries(parts)) raw[name as keyof typeof parts].push(run());
}
const bytes = statSync(file).size;
rmSync(folder, { recursive: true, force: true });
const secondsOf = (part: keyof typeof parts, of: keyof Timing): number => median(raw[part].map((own) => own[of]));
const rates = (part: keyof typeof parts): object => ({
  recordsPerSecond: Math.round(records / secondsOf(part, "seconds")),
  recordsPerCpuSecond: Math.round(records / secondsOf(part, "cpuSeconds")),
});
printResult("How many audit records a second are appended, exported and verified?", {
  records,
  megabytes: Math.round(bytes / 1e6),
  bytesPerRecord: Math.round(bytes / records),
  appendedPerSecond: { oneByOne: Math.round(appended.single), inThousands: Math.round(appended.batched) },
  export: rates("export"),
  verifyExport: rates("verifyExport"),
  verifyStore: rates("verifyStore"),
  verifyToSha256sum:
    Math.round((10 * secondsOf("verifyExport", "cpuSeconds")) / secondsOf("sha256sum", "cpuSeconds")) / 10,
  raw,
});
