import { z } from "zod";
import type { AuditRecord, KeptRecord } from "../../app/audit/audit-log.ts";
import type { Schema } from "./schema.ts";

const payloadShape = z.record(z.string(), z.unknown());

export function recordOf(row: Schema["audit_records"]): AuditRecord {
  return {
    sequence: row.sequence,
    atMs: row.at_ms,
    kind: row.kind,
    subject: row.subject,
    actor: { subject: row.actor_subject, name: row.actor_name },
    payload: payloadShape.parse(JSON.parse(row.payload)),
    leafHash: row.leaf_hash,
    chainHash: row.chain_hash,
  };
}

/** Nothing is read into it: whoever verifies wants the texts as they stand. */
export function keptOf(row: Schema["audit_records"]): KeptRecord {
  const { cluster, namespace } = row;
  return {
    sequence: row.sequence,
    atMs: row.at_ms,
    kind: row.kind,
    subject: row.subject,
    actor: { subject: row.actor_subject, name: row.actor_name },
    payload: row.payload,
    leafHash: row.leaf_hash,
    chainHash: row.chain_hash,
    nodes: row.nodes,
    where: cluster === null && namespace === null ? undefined : { cluster: cluster ?? "", namespace: namespace ?? "" },
    isWide: row.is_wide !== 0,
    search: row.search,
  };
}
