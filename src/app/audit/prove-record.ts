import type { AuditLog, AuditRecord, Checkpoint } from "./audit-log.ts";
import { inclusionProof } from "./merkle-proof.ts";

export interface RecordProof {
  readonly record: AuditRecord;
  readonly index: number;
  /** Records that the checkpoint is about. */
  readonly size: number;
  /** Audit path, from below. */
  readonly hashes: readonly string[];
  readonly checkpoint: Checkpoint;
}

/** What shows, with a key alone, that a record is in the log. @returns undefined while no checkpoint covers it */
export async function proveRecord(audit: AuditLog, record: AuditRecord): Promise<RecordProof | undefined> {
  const checkpoint = await audit.latestCheckpoint();
  const index = record.sequence;
  if (checkpoint === undefined || checkpoint.size <= index) return undefined;
  const hashes = await inclusionProof(index, checkpoint.size, (wanted) => audit.nodes(wanted));
  return { record, index, size: checkpoint.size, hashes, checkpoint };
}
