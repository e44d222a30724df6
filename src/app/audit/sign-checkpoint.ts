import { randomBytes } from "node:crypto";
import { fail, ok, type Result } from "../../core/result.ts";
import { postern, personOf } from "../access/principal.ts";
import type { Failure } from "../failure.ts";
import type { Decisions } from "../state/books.ts";
import type { SettingBook } from "../state/settings.ts";
import type { AuditHead, AuditLog, Checkpoint } from "./audit-log.ts";
import type { AuditSigner, FreshKey } from "./audit-signer.ts";
import { formatCheckpointText, parseCheckpointText } from "./checkpoint-text.ts";
import { rootOfPeaks } from "./growing-tree.ts";
import { consistencyProof, isConsistent } from "./merkle-proof.ts";
import { formatVerifierKey, parseNote } from "./signed-note.ts";

/** Kind of the record by which the log itself names a key that signs it. */
export const keyRecordKind = "audit.key";

/**
 * Signs what was appended since the last checkpoint. Only a log that begins with what was signed here before is signed: somebody who
 * changes the database does not get a signature for it, not even after removing its checkpoints.
 * @returns undefined when there is nothing new. Fails with `audit_inconsistent`
 */
export async function signCheckpoint(
  decisions: Decisions,
  signer: AuditSigner,
  nowMs: number,
): Promise<Result<Checkpoint | undefined, Failure>> {
  const found = await signer.key();
  if (!found.ok) return found;
  const key = found.value;
  await nameKey(decisions, formatVerifierKey(key.verifier), nowMs);
  const { audit } = decisions;
  const head = await audit.head();
  const rootHash = rootOfPeaks(head.peaks);
  const latest = await audit.latestCheckpoint();
  const isNew = latest === undefined || latest.size !== head.size || latest.rootHash !== rootHash;
  const problem = await unlikeSigned(audit, head, await signer.lastSigned());
  if (problem !== undefined) return fail(problem);
  if (!isNew) return ok(undefined);
  const { size, chainHash } = head;
  const text = formatCheckpointText({ origin: key.verifier.name, size, rootHash, chainHash, atMs: nowMs });
  const checkpoint = { size: head.size, rootHash, atMs: nowMs, note: key.sign(text) };
  await signer.keepSigned(checkpoint.note);
  await audit.putCheckpoint(checkpoint);
  return ok(checkpoint);
}

export interface CheckpointPlan {
  /** A record waits no longer for a signature than this. */
  readonly everyMs: number;
  /** Nor for more records than this. */
  readonly records: number;
}

export const checkpointPlan: CheckpointPlan = { everyMs: 60_000, records: 1_000 };

/** For a timer of some seconds: signs when enough time has passed, or enough was appended. */
export async function signWhenDue(
  decisions: Decisions,
  signer: AuditSigner,
  nowMs: number,
  { everyMs, records }: CheckpointPlan = checkpointPlan,
): Promise<Result<Checkpoint | undefined, Failure>> {
  const latest = await decisions.audit.latestCheckpoint();
  const appended = (await decisions.audit.size()) - (latest?.size ?? 0);
  const isDue = latest === undefined || appended < 0 || appended >= records || nowMs - latest.atMs >= everyMs;
  return appended !== 0 && isDue ? signCheckpoint(decisions, signer, nowMs) : ok(undefined);
}

const originSetting = "audit.origin";

/** The log's name, made at random when it has none: all who sign this log use it. */
export async function auditOrigin(settings: SettingBook, random = randomBytes): Promise<string> {
  const known = await settings.get(originSetting);
  if (known !== undefined) return known;
  await settings.exchange(originSetting, undefined, `postern-audit/${random(8).toString("hex")}`);
  return (await settings.get(originSetting))!;
}

/**
 * Changes the key. The one before signs the record that names the new one, so that who trusts it can follow.
 * @returns the new verifier key
 */
export async function rotateKey(
  decisions: Decisions,
  signer: AuditSigner,
  fresh: FreshKey,
  nowMs: number,
): Promise<Result<string, Failure>> {
  const verifierKey = formatVerifierKey(fresh.key.verifier);
  await nameKey(decisions, verifierKey, nowMs);
  const last = await signCheckpoint(decisions, signer, nowMs);
  if (!last.ok) return last;
  const installed = await fresh.install();
  return installed.ok ? ok(verifierKey) : installed;
}

/** The log tells which keys sign it, so that who trusts the first one can follow to those that came later. */
async function nameKey(decisions: Decisions, verifierKey: string, nowMs: number): Promise<void> {
  const query = { kinds: [keyRecordKind], subject: `audit-key/${verifierKey.split("+")[1]}`, limit: 20 };
  const isNamed = async (audit: AuditLog): Promise<boolean> =>
    (await audit.list(query)).records.some(({ payload }) => payload.verifierKey === verifierKey);
  if (await isNamed(decisions.audit)) return;
  await decisions.change(async ({ audit }) => {
    if (await isNamed(audit)) return;
    const payload = { verifierKey };
    await audit.append([
      { atMs: nowMs, kind: keyRecordKind, subject: query.subject, actor: personOf(postern), payload },
    ]);
  });
}

async function unlikeSigned(audit: AuditLog, head: AuditHead, note: string | undefined): Promise<Failure | undefined> {
  const signed = note === undefined ? undefined : parseCheckpointText(parseNote(note)?.text ?? "");
  if (signed === undefined) return undefined;
  const { size, rootHash } = signed;
  const code = "audit_inconsistent";
  const todo = "it was changed or replaced by an older copy: run `postern audit verify`";
  if (size > head.size) {
    const message = `the audit log has ${head.size} records, and ${size} were signed before; ${todo}`;
    return { code, message };
  }
  const isSame = await consistencyProof(size, head.size, (wanted) => audit.nodes(wanted)).then(
    (proof) => isConsistent([size, rootHash], [head.size, rootOfPeaks(head.peaks)], proof),
    // A node that is not there is no better than one that is wrong.
    () => false,
  );
  if (isSame) return undefined;
  return { code, message: `the audit log no longer begins with the ${size} records that were signed before; ${todo}` };
}
