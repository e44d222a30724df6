import { hashOfChain, hashOfLeaf, hashOfNode } from "../../src/app/audit/audit-hashes.ts";
import { leafOf, textOfLeaf } from "../../src/app/audit/audit-leaf.ts";
import { formatCheckpointText } from "../../src/app/audit/checkpoint-text.ts";
import { rootOfPeaks, peaksOf } from "../../src/app/audit/growing-tree.ts";
import { inclusionProof } from "../../src/app/audit/merkle-proof.ts";
import type { AuditQuery, AuditRow, CheckpointView, InclusionProofView } from "../../src/app/wire/audit.ts";
import type { Page } from "../../src/app/wire/list.ts";
import { contains, pageFrom, takes } from "./fixture-list.ts";
import { ada } from "./fixture-proposals.ts";

const size = 5_000;
/** A record that somebody changed after it was hashed, to see that it is found. */
export const touchedRecord = 13;

/** A log whose hashes are real, so that browsers can verify it. */
export class FixtureAudit {
  readonly #rows: readonly AuditRow[];
  /** Hashes of whole subtrees, by level. */
  readonly #levels: readonly (readonly string[])[];
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
    let chainHash = "0".repeat(64);
    this.#rows = Array.from({ length: size }, (_, sequence) => {
      const kind =
        ["proposal.submit", "proposal.approve", "observation.digest", "access.sign-in"][sequence % 4] ?? "merge";
      const proposal = `p-${String(1 + (sequence % 2_000)).padStart(4, "0")}`;
      const entry = {
        atMs: nowMs - (size - sequence) * 600_000,
        kind,
        subject: kind.startsWith("proposal") ? `proposal/${proposal}` : "namespace/east/shop-api",
        actor: ada,
        payload: { cluster: "east", namespace: "shop-api", revision: 1 + (sequence % 3), comment: "reviewed" },
      };
      const leafHash = hashOfLeaf(textOfLeaf(leafOf(entry, sequence)));
      chainHash = hashOfChain(chainHash, leafHash);
      const payload = sequence === touchedRecord ? { ...entry.payload, comment: "never said" } : entry.payload;
      return { ...entry, payload, sequence, leafHash, chainHash };
    });
    const levels: string[][] = [this.#rows.map(({ leafHash }) => leafHash)];
    for (let below = levels[0]!; below.length > 1; below = levels.at(-1)!) {
      const pairs = Math.floor(below.length / 2);
      levels.push(Array.from({ length: pairs }, (_, at) => hashOfNode(below[2 * at]!, below[2 * at + 1]!)));
    }
    this.#levels = levels;
  }

  page(query: AuditQuery): Page<AuditRow> {
    const rows = this.#rows.filter(
      (row) =>
        takes(query.kind, row.kind) &&
        (query.subject === undefined || row.subject === query.subject) &&
        (query.actor === undefined || row.actor.subject === query.actor) &&
        (query.fromMs === undefined || row.atMs >= query.fromMs) &&
        (query.toMs === undefined || row.atMs < query.toMs) &&
        contains(query.q, row.subject, row.kind, row.actor.name),
    );
    return pageFrom(rows, query, { sequence: (row) => row.sequence, atMs: (row) => row.atMs }, "-sequence");
  }

  checkpoint(): CheckpointView {
    const rootHash = rootOfPeaks(peaksOf(size).map(({ level, index }) => this.#levels[level]![index]!));
    const { chainHash } = this.#rows.at(-1)!;
    const atMs = this.#nowMs - 60_000;
    const note = `${formatCheckpointText({ origin: "postern.example/audit", size, rootHash, chainHash, atMs })}\n— postern.example/audit AAAA\n`;
    return { size, rootHash, atMs, note };
  }

  /** @returns undefined for a record that is not there */
  async proof(sequence: number): Promise<InclusionProofView | undefined> {
    const record = this.#rows[sequence];
    if (record === undefined) return undefined;
    const hashes = await inclusionProof(sequence, size, (wanted) =>
      Promise.resolve(wanted.map(({ level, index }) => this.#levels[level]![index]!)),
    );
    return { record, index: sequence, size, hashes: [...hashes], checkpoint: this.checkpoint() };
  }
}
