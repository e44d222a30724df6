import { type AuditLeaf, textOfLeaf } from "./audit-leaf.ts";
import type { KeptRecord } from "./audit-log.ts";

/**
 * A record as an event of the Open Cybersecurity Schema Framework 1.3.0: Authentication (3002) for signing in, Entity Management (3004) for
 * everything else. What has no place in it is under `unmapped`, with the hashes that prove it.
 */
export function ocsfEvent(record: KeptRecord): string {
  const { sequence, atMs, kind, subject, actor, payload, leafHash, chainHash } = record;
  const user = { name: actor.name, uid: actor.subject };
  const isSignIn = kind.startsWith("access.sign-in");
  const classUid = isSignIn ? 3002 : 3004;
  const activityId = isSignIn ? 1 : activityOf(kind);
  const event = {
    activity_id: activityId,
    activity_name: activityId === 99 ? kind : undefined,
    actor: { user },
    category_uid: 3,
    class_uid: classUid,
    ...(isSignIn ? { user } : { entity: { type: subject.split("/", 1)[0], uid: subject, name: subject } }),
    metadata: {
      event_code: kind,
      log_name: "audit",
      product: { name: "Postern", vendor_name: "Postern" },
      sequence,
      uid: leafHash,
      version: "1.3.0",
    },
    severity_id: isAlarming(kind) ? 3 : 1,
    time: atMs,
    type_uid: classUid * 100 + activityId,
    unmapped: { chainHash, payload: jsonOr(payload) },
  };
  return JSON.stringify(event);
}

/** Of Entity Management: create, update, delete, and other. */
function activityOf(kind: string): number {
  const action = kind.slice(kind.lastIndexOf(".") + 1);
  if (/^(?:create|add|draft)/.test(action)) return 1;
  if (/^(?:edit|change|update|phase|describe)/.test(action)) return 3;
  return /^(?:delete|remove)/.test(action) ? 4 : 99;
}

function isAlarming(kind: string): boolean {
  return /^alert|failed|refused|lost|undelivered|stop/.test(kind);
}

const logAudit = 13;
const [warning, informational] = [4, 6];

/** Longest message that fits a datagram with room for what networks add. */
export const mostDatagramBytes = 60_000;

/**
 * A record as a message of RFC 5424: facility log audit (13), the kind as MSGID, and the record with its hashes as JSON in ASCII. A record
 * that is longer than `mostBytes` is told without its payload.
 * @param host as receivers shall see it
 */
export function syslogMessage(record: KeptRecord, host: string, mostBytes = Infinity): string {
  const priority = logAudit * 8 + (isAlarming(record.kind) ? warning : informational);
  const time = new Date(record.atMs).toISOString();
  const start = `<${priority}>1 ${time} ${word(host, 255)} postern - ${word(record.kind, 32)} - `;
  const message = start + recordJson(record);
  return message.length <= mostBytes ? message : start + recordJson({ ...record, payload: '{"leftOut":"too long"}' });
}

/** Printable ASCII without blanks; `-` where nothing is left. */
function word(text: string, most: number): string {
  const clean = text.replaceAll(/[^\x21-\x7e]/g, "").slice(0, most);
  return clean === "" ? "-" : clean;
}

function recordJson(record: AuditLeaf & Pick<KeptRecord, "leafHash" | "chainHash">): string {
  const { leafHash, chainHash } = record;
  const text = `{"chainHash":"${chainHash}","leafHash":"${leafHash}","record":${textOfLeaf(record)}}`;
  return text.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A payload that somebody changed may be no JSON: it is told as text then. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
