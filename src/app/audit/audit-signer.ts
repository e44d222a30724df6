import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { VerifierKey } from "./signed-note.ts";

/** The key that checkpoints are signed with, wherever it lies. */
export interface AuditSigner {
  /** Read anew each time it is needed, so that a new key holds without a restart. Fails with `audit_key_unusable`. */
  key(): Promise<Result<SigningKey, Failure>>;
  /** The last checkpoint that was signed with keys of this place; undefined before the first. */
  lastSigned(): Promise<string | undefined>;
  /** Kept beside the key, where who can change the database need not be able to. */
  keepSigned(note: string): Promise<void>;
}

export interface SigningKey {
  readonly verifier: VerifierKey;
  /** @param text of a signed note. @returns the whole note */
  sign(text: string): string;
}

/** A key that is to take the place of the one that signs now. */
export interface FreshKey {
  readonly key: SigningKey;
  /** The key before is gone afterwards. Fails with `audit_key_unusable`. */
  install(): Promise<Result<void, Failure>>;
}
