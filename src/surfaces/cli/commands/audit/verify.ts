import { resolve } from "node:path";
import type { AuditPort } from "../../../../app/audit/audit-port.ts";
import { exportSchema } from "../../../../app/audit/export-lines.ts";
import { type ProvenRecord, verifyProofs } from "../../../../app/audit/proof-file.ts";
import { parseVerifierKey, type VerifierKey } from "../../../../app/audit/signed-note.ts";
import type { AuditReport } from "../../../../app/audit/verify/audit-report.ts";
import { ExportVerifier } from "../../../../app/audit/verify/verify-export.ts";
import { verifyStore } from "../../../../app/audit/verify/verify-store.ts";
import type { Failure } from "../../../../app/failure.ts";
import { fail as failed, ok, type Result } from "../../../../core/result.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { type StateFlags, withState } from "../../state-options.ts";
import { bold, green, red, text } from "../../terminal/text.ts";
import { count, minute } from "../../words/count.ts";
import { isWhole, outputOf } from "./schema.ts";

export interface VerifyFlags extends StateFlags {
  readonly key: readonly string[];
  readonly checkpoint: readonly string[];
  readonly output: "text" | "json";
}

/** A proof is small; whatever else comes is not read to its end. */
const mostProofBytes = 67_108_864;

export async function runVerify(file: string | undefined, flags: VerifyFlags, context: Context): Promise<ExitCode> {
  const port = await context.ports.audit();
  const keys = keysIn(flags.key);
  if (!keys.ok) return fail(context, [keys.error]);
  const known = await notesIn(flags.checkpoint, port, context);
  if (!known.ok) return fail(context, [known.error]);
  if (file === undefined) {
    return withState(flags, context, async (state) => {
      const report = await verifyStore(state.decisions.audit, keys.value, known.value);
      return tell(report, flags, context);
    });
  }
  const bytes = await port.readBytes(file === "-" ? file : resolve(context.io.workingDirectory, file));
  if (!bytes.ok) return fail(context, [bytes.error]);
  try {
    const read = await verifyFile(bytes.value, keys.value, known.value);
    if (!read.ok) return fail(context, [read.error]);
    if ("records" in read.value) return tell(read.value, flags, context);
    return tellProofs(read.value.proofs, flags, context);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return fail(context, [
      { code: "audit_file_unreadable", message: `the file could not be read to its end (${code})` },
    ]);
  }
}

function keysIn(texts: readonly string[]): Result<readonly VerifierKey[], Failure> {
  const keys: VerifierKey[] = [];
  for (const given of texts) {
    const key = parseVerifierKey(given);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return ok(keys);
}

async function notesIn(
  paths: readonly string[],
  port: AuditPort,
  { io }: Context,
): Promise<Result<readonly string[], Failure>> {
  const notes: string[] = [];
  for (const path of paths) {
    const bytes = await port.readBytes(resolve(io.workingDirectory, path));
    if (!bytes.ok) return bytes;
    const note = await wholeText(bytes.value, 1_000_000);
    notes.push(note ?? "");
  }
  return ok(notes);
}

async function wholeText(bytes: AsyncIterable<Buffer>, most: number): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > most) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

async function verifyFile(
  bytes: AsyncIterable<Buffer>,
  keys: readonly VerifierKey[],
  known: readonly string[],
): Promise<Result<AuditReport | { readonly proofs: readonly ProvenRecord[] }, Failure>> {
  let verifier: ExportVerifier | undefined;
  const proof: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    if (length === 0 && isExport(piece)) verifier = new ExportVerifier(keys, known);
    length += piece.length;
    if (verifier === undefined) {
      if (length > mostProofBytes) break;
      proof.push(piece);
      continue;
    }
    const pushed = verifier.push(piece);
    if (!pushed.ok) return pushed;
  }
  if (verifier !== undefined) return verifier.finish();
  const proofs = verifyProofs(Buffer.concat(proof).toString(), keys);
  return proofs.ok ? ok({ proofs: proofs.value }) : failed(proofs.error);
}

/** By its first line. */
function isExport(piece: Buffer): boolean {
  try {
    const head = JSON.parse(piece.toString("utf8", 0, Math.max(0, piece.indexOf(10)))) as { readonly schema?: unknown };
    return head.schema === exportSchema;
  } catch {
    return false;
  }
}

function tell(report: AuditReport, { output }: VerifyFlags, { out }: Context): ExitCode {
  const code = isWhole(report) ? Exit.ok : Exit.negative;
  if (output === "json") {
    out.document(formatJson(outputOf(report)));
    return code;
  }
  const { records, problems, problemsLeftOut, checkpoints, proven, hasKeys } = report;
  out.line(text`${count(records, "record")}, ${count(checkpoints, "checkpoint")}`);
  for (const { message, where } of problems) {
    out.line(text`${bold(red("found:"))} ${message}${where === "" ? "" : ` (${where})`}`, 2);
  }
  if (problemsLeftOut > 0) out.line(text`and ${count(problemsLeftOut, "problem")} more`);
  if (proven === undefined) {
    out.line(
      hasKeys
        ? text`${bold(red("no checkpoint is signed by a key that was given: nothing is proven"))}`
        : text`no checkpoint is signed: nothing is proven`,
    );
  } else {
    const time = proven.atMs === undefined ? "" : ` at ${minute(proven.atMs)} UTC`;
    const which = proven.size === 1 ? "the first record is" : `the first ${count(proven.size, "record")} are`;
    const but = problems.length === 0 ? "" : ", apart from what is named above";
    out.line(text`${which} as ${proven.keyName} (key ${proven.keyId}) signed them${time}${but}`, 2);
    const rest = records - proven.size;
    if (rest > 0) out.line(text`${count(rest, "record")} after them: in the chain, and not signed yet`, 2);
    if (!hasKeys) {
      out.line(text`the keys are those that the log names itself: give the one that you know with \`--key\``, 2);
    }
  }
  if (code === Exit.ok) out.line(text`${bold(green("nothing was touched"))}`);
  return code;
}

function tellProofs(proofs: readonly ProvenRecord[], { output }: VerifyFlags, { out }: Context): ExitCode {
  const isProven = proofs.every(({ problem }) => problem === undefined);
  if (output === "json") {
    const told = proofs.map(({ problem, keyId, ...rest }) => ({
      ...rest,
      problem: problem ?? null,
      keyId: keyId ?? null,
    }));
    out.document(formatJson({ schema: "postern/audit-proven/v1", proofs: told }));
  } else {
    for (const { sequence, kind, subject, by, atMs, problem, size, keyId } of proofs) {
      const what = `record ${sequence}, ${kind} of ${subject} by ${by} at ${minute(atMs)} UTC`;
      if (problem === undefined)
        out.line(text`${what}: proven by key ${keyId ?? ""} among ${count(size, "record")}`, 2);
      else out.line(text`${bold(red("not proven:"))} ${what}: ${problem}`, 2);
    }
  }
  return isProven ? Exit.ok : Exit.negative;
}
