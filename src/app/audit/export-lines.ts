import { textOfLeaf } from "./audit-leaf.ts";
import type { AuditLog, Checkpoint, KeptRecord } from "./audit-log.ts";
import { rootOfPeaks } from "./growing-tree.ts";

/** The first line of an export; a later form gets another number. */
export const exportSchema = "postern/audit/v1";

/**
 * The log as JSON lines: a head, the records with each checkpoint after the last record it is about, and an end that says what there was.
 * A record's own text is exactly what is hashed, so nothing needs to be read to check it.
 */
export async function* exportLines(audit: AuditLog, perRead = 1_000): AsyncGenerator<string> {
  // What is appended meanwhile is for the next export.
  const head = await audit.head();
  const checkpoints = (await audit.checkpoints()).filter(({ size }) => size <= head.size);
  yield `{"schema":${JSON.stringify(exportSchema)},"size":${head.size}}\n`;
  let next = 0;
  const dueAt = (size: number): string => {
    let lines = "";
    for (; next < checkpoints.length && checkpoints[next]!.size <= size; next += 1) {
      lines += checkpointLine(checkpoints[next]!);
    }
    return lines;
  };
  for (let from = 0; from < head.size;) {
    const records = await audit.readKept(from, Math.min(perRead, head.size - from));
    const last = records.at(-1);
    if (last === undefined) break;
    let lines = dueAt(from);
    for (const record of records) lines += recordLine(record) + dueAt(record.sequence + 1);
    yield lines;
    from = last.sequence + 1;
  }
  const { size, chainHash } = head;
  yield `${dueAt(size)}{"end":{"chainHash":"${chainHash}","rootHash":"${rootOfPeaks(head.peaks)}","size":${size}}}\n`;
}

/** Its hashes come first, at places that are always the same. */
export function recordLine(record: KeptRecord): string {
  return `{"chainHash":"${record.chainHash}","leafHash":"${record.leafHash}","record":${textOfLeaf(record)}}\n`;
}

function checkpointLine({ note }: Checkpoint): string {
  return `{"checkpoint":${JSON.stringify(note)}}\n`;
}
