import { z } from "zod";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Access } from "../access/access.ts";
import { personOf, type Principal } from "../access/principal.ts";
import { type AuditRecord, type AuditViewer, type Checkpoint, mostCountedRecords } from "../audit/audit-log.ts";
import { exportLines } from "../audit/export-lines.ts";
import { proveRecord } from "../audit/prove-record.ts";
import type { Failure } from "../failure.ts";
import type { Decisions } from "../state/books.ts";
import type { AuditQuery, AuditRow, CheckpointView } from "../wire/audit.ts";
import type { DeskFailure } from "./desk-failure.ts";
import type { AuditDesk } from "./desk.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";

export interface AuditDeskParts {
  readonly decisions: Decisions;
  readonly access: Access;
  /** Signs what was appended since the last checkpoint. */
  readonly sign: () => Promise<Result<Checkpoint | undefined, Failure>>;
  readonly nowMs: () => number;
}

export const auditSorts = ["sequence"] as const;

const place = z.number().int().min(0);

/** The audit log for people: of the namespaces they may see, or all of it for who administers. */
export function auditDesk(parts: AuditDeskParts): AuditDesk {
  const { decisions, sign, nowMs } = parts;
  const { audit } = decisions;
  return {
    list: async (who, query) => {
      const { limit, cursor, sort = "-sequence", ...filters } = query;
      if (sort !== "sequence" && sort !== "-sequence") return fail(unknownSort(sort));
      const asked = { ...filters, sort };
      const before = cursor === undefined ? ok(undefined) : readCursor(cursor, asked, place);
      if (!before.ok) return before;
      const { records, total } = await audit.list({
        ...filterOf(filters),
        ...(before.value === undefined ? {} : { beforeSequence: before.value }),
        isAscending: sort === "sequence",
        seenBy: await viewerOf(parts, who),
        // One more shows whether there is a next page.
        limit: limit + 1,
      });
      const items = records.slice(0, limit).map(rowOf);
      const last = records.length > limit ? items.at(-1) : undefined;
      return ok({
        items,
        ...(last === undefined ? {} : { nextCursor: writeCursor(last.sequence, asked) }),
        total: Math.min(total, mostCountedRecords),
        isTotalExact: total <= mostCountedRecords,
      });
    },
    prove: async (who, sequence) => {
      const seenBy = await viewerOf(parts, who);
      const { records } = await audit.list({ beforeSequence: sequence + 1, limit: 1, seenBy });
      const record = records.find((one) => one.sequence === sequence);
      if (record === undefined) return fail(notFound(sequence));
      let proof = await proveRecord(audit, record);
      if (proof === undefined) {
        // So young that no checkpoint is about it.
        const signed = await sign();
        if (!signed.ok) return fail({ ...signed.error, kind: "unavailable" });
        proof = await proveRecord(audit, record);
      }
      if (proof === undefined) return fail(noCheckpoint);
      return ok({
        ...proof,
        record: rowOf(proof.record),
        hashes: [...proof.hashes],
        checkpoint: viewOf(proof.checkpoint),
      });
    },
    checkpoint: async () => {
      const signed = await sign();
      const latest = (signed.ok ? signed.value : undefined) ?? (await audit.latestCheckpoint());
      if (latest !== undefined) return ok(viewOf(latest));
      return fail(signed.ok ? noCheckpoint : { ...signed.error, kind: "unavailable" });
    },
    export: async (who) => {
      if (!(await parts.access.may(who, "administer", undefined))) {
        const message = "the whole audit log is for administrators; ask one of them for an export";
        return fail({ kind: "forbidden", code: "audit_export_forbidden", message });
      }
      const told = { atMs: nowMs(), kind: "audit.export", subject: "audit-log", actor: personOf(who), payload: {} };
      await audit.append([told]);
      return ok(exportLines(audit));
    },
  };
}

async function viewerOf({ access, decisions }: AuditDeskParts, who: Principal): Promise<AuditViewer | undefined> {
  if (await access.may(who, "administer", undefined)) return undefined;
  const all = (await decisions.namespaces.all()).map(({ cluster, namespace }) => ({ cluster, namespace }));
  const seen = await access.among(who, "view", all);
  return { namespaces: seen === "all" ? all : seen, subject: who.subject };
}

function filterOf(query: Omit<AuditQuery, "limit" | "cursor" | "sort">): {
  kinds?: readonly string[];
  subject?: string;
  actor?: string;
  fromMs?: number;
  toMs?: number;
  text?: string;
} {
  const { kind, subject, actor, fromMs, toMs, q } = query;
  return {
    ...(kind === undefined ? {} : { kinds: kind }),
    ...(subject === undefined ? {} : { subject }),
    ...(actor === undefined ? {} : { actor }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    ...(q === undefined ? {} : { text: q }),
  };
}

function rowOf(record: AuditRecord): AuditRow {
  const { sequence, atMs, kind, subject, actor, payload, leafHash, chainHash } = record;
  return { sequence, atMs, kind, subject, actor, payload: { ...payload }, leafHash, chainHash };
}

function viewOf({ size, rootHash, atMs, note }: Checkpoint): CheckpointView {
  return { size, rootHash, atMs, note };
}

function unknownSort(sort: string): DeskFailure {
  return {
    kind: "invalid",
    code: "sort_unknown",
    message: `the audit log cannot be sorted by \`${sort}\`; there are \`-sequence\` and \`sequence\``,
  };
}

function notFound(sequence: number): DeskFailure {
  const message = `there is no record ${sequence} in the audit log that you may see`;
  return { kind: "not-found", code: "audit_record_not_found", message };
}

const noCheckpoint: DeskFailure = {
  kind: "unavailable",
  code: "audit_no_checkpoint",
  message: "no signed checkpoint is about this record yet; try again in a minute",
};
