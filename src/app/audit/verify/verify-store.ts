import { hashOfLeaf, isSha256 } from "../audit-hashes.ts";
import { type AuditLeaf, indexOfLeaf, textOfLeaf } from "../audit-leaf.ts";
import type { AuditLog, Checkpoint, KeptRecord } from "../audit-log.ts";
import { parseCheckpointText } from "../checkpoint-text.ts";
import { rootOfPeaks } from "../growing-tree.ts";
import { keyRecordKind } from "../sign-checkpoint.ts";
import { parseNote, type VerifierKey } from "../signed-note.ts";
import type { AuditReport } from "./audit-report.ts";
import { LogVerifier } from "./log-verifier.ts";

const perRead = 2_000;

/**
 * Checks the log where it is kept, with all that is kept beside it. Records that are appended meanwhile are not looked at.
 * @param known notes of checkpoints that somebody kept elsewhere
 * @param onRecords told how far it is
 */
export async function verifyStore(
  audit: AuditLog,
  keys: readonly VerifierKey[],
  known: readonly string[] = [],
  onRecords: (done: number, size: number) => void = () => {},
): Promise<AuditReport> {
  const head = await audit.head();
  const checkpoints = await audit.checkpoints();
  const verifier = new LogVerifier(keys, known);
  let next = 0;
  const checkpointsUpTo = (size: number): void => {
    for (; next < checkpoints.length && checkpoints[next]!.size <= size; next += 1) {
      checkCheckpoint(verifier, checkpoints[next]!);
    }
  };
  // Rows beyond the end that the head tells are nobody's: they are looked at, and told.
  for (let from = 0; ;) {
    const rows = await audit.readKept(from, perRead);
    for (const row of rows) {
      if (row.sequence >= head.size && (await audit.head()).size > head.size) break;
      checkpointsUpTo(row.sequence);
      checkRecord(verifier, row);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < perRead) break;
    from = last.sequence + 1;
    onRecords(Math.min(from, head.size), head.size);
  }
  checkpointsUpTo(Infinity);
  const { size, chainHash, peaks } = head;
  // What is no hash has no root either, and no root is ever empty.
  const rootHash = peaks.every(isSha256) ? rootOfPeaks(peaks) : "";
  return verifier.finish({ size, chainHash, rootHash, where: "" }, "");
}

const noPlace = (): string => "";

function checkRecord(verifier: LogVerifier, row: KeptRecord): void {
  const { sequence } = row;
  const fits = verifier.record(sequence, hashOfLeaf(textOfLeaf(row)), row.leafHash, row.chainHash, noPlace);
  if (row.kind === keyRecordKind) nameKey(verifier, row);
  if (!fits) return;
  if (verifier.nodes !== undefined && verifier.nodes.join(" ") !== row.nodes) {
    const message = `the nodes of the tree beside record ${sequence} were changed: proofs do not work; the record itself is as it was recorded`;
    verifier.report("nodes", sequence, "", message);
  }
  if (!isIndexed(row)) {
    const message = `what is kept to look for record ${sequence} was changed: lists may leave it out; the record itself is as it was recorded`;
    verifier.report("index", sequence, "", message);
  }
}

function isIndexed(row: KeptRecord): boolean {
  const { where, isWide, search } = indexOfLeaf(row);
  const isSamePlace = where?.cluster === row.where?.cluster && where?.namespace === row.where?.namespace;
  return isSamePlace && isWide === row.isWide && search === row.search;
}

function checkCheckpoint(verifier: LogVerifier, { size, rootHash, atMs, note }: Checkpoint): void {
  const said = parseCheckpointText(parseNote(note)?.text ?? "");
  verifier.checkpoint(note, "");
  if (said === undefined) return;
  if (said.size === size && said.rootHash === rootHash && (said.atMs ?? atMs) === atMs) return;
  verifier.reportCheckpoint("", `what is kept beside the checkpoint of ${said.size} records is not what it says`);
}

function nameKey(verifier: LogVerifier, { sequence, payload }: AuditLeaf): void {
  try {
    const { verifierKey } = JSON.parse(payload) as { readonly verifierKey?: unknown };
    if (typeof verifierKey === "string") verifier.namesKey(sequence, verifierKey);
  } catch {
    // A payload that was changed is told as such.
  }
}
