import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshKey, keyFileSigner } from "../../src/adapters/audit-key/key-file.ts";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import type { AuditEntry, Checkpoint } from "../../src/app/audit/audit-log.ts";
import type { AuditSigner } from "../../src/app/audit/audit-signer.ts";
import { auditOrigin, rotateKey, signCheckpoint } from "../../src/app/audit/sign-checkpoint.ts";
import { formatVerifierKey } from "../../src/app/audit/signed-note.ts";
import type { State } from "../../src/app/state/state.ts";

/** A data folder with a state and a key. */
export interface AuditStore {
  readonly folder: string;
  readonly databaseFile: string;
  readonly state: State;
  readonly signer: AuditSigner;
  verifierKey(): Promise<string>;
  sign(nowMs?: number): Promise<Checkpoint | undefined>;
  rotate(): Promise<void>;
  /** A key in the place of the one before, which signed nothing of it. */
  replaceKey(): Promise<void>;
  close(): Promise<void>;
}

export async function openAuditStore(): Promise<AuditStore> {
  const folder = await mkdtemp(join(tmpdir(), "postern-audit-"));
  const databaseFile = join(folder, "state.sqlite");
  const opened = await openSqliteState({ path: databaseFile, mayCreate: true, nowMs: () => 0 });
  if (!opened.ok) throw new Error(opened.error.message);
  const state = opened.value;
  const origin = await auditOrigin(state.settings);
  const signer = keyFileSigner({ folder, origin });
  return {
    folder,
    databaseFile,
    state,
    signer,
    verifierKey: async () => {
      const key = await signer.key();
      if (!key.ok) throw new Error(key.error.message);
      return formatVerifierKey(key.value.verifier);
    },
    sign: async (nowMs = 5_000) => {
      const signed = await signCheckpoint(state.decisions, signer, nowMs);
      if (!signed.ok) throw new Error(`${signed.error.code}: ${signed.error.message}`);
      return signed.value;
    },
    rotate: async () => {
      const rotated = await rotateKey(state.decisions, signer, freshKey(folder, origin), 5_000);
      if (!rotated.ok) throw new Error(rotated.error.message);
    },
    replaceKey: async () => {
      const installed = await freshKey(folder, origin).install();
      if (!installed.ok) throw new Error(installed.error.message);
    },
    close: async () => {
      await state.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function entry(n: number, more: Partial<AuditEntry> = {}): AuditEntry {
  const payload = { cluster: "east", namespace: n % 2 === 0 ? "shop" : "bank", revision: n };
  const actor = { subject: "local:ada", name: "Ada" };
  return { atMs: 1_000 + n, kind: "proposal.approve", subject: `proposal/p-${n}`, actor, payload, ...more };
}

export function entries(count: number): readonly AuditEntry[] {
  return Array.from({ length: count }, (_, n) => entry(n));
}
