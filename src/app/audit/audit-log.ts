import type { NamespaceRef, Person } from "../wire/list.ts";
import type { AuditLeaf, LeafIndex } from "./audit-leaf.ts";

/** What is told to the log; the log adds its place, its time is the one that is given. */
export interface AuditEntry {
  readonly atMs: number;
  /** `proposal.approve`, `observation.digest`, `suggestion`, `prompt`, `merge`, `sync`, `alert`, `access.sign-in`, `law.change`, … */
  readonly kind: string;
  /** What it is about: `proposal/p-…`, `namespace/east/shop`, `law/company`. */
  readonly subject: string;
  readonly actor: Person;
  /** JSON object of plain values; no secrets, no personal data beyond the actor. At most 64 KiB. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends AuditEntry {
  /** From 0, without gaps: index of the leaf. */
  readonly sequence: number;
  /** Hexadecimal SHA-256 over 0x00 and the canonical JSON of the entry with its sequence. */
  readonly leafHash: string;
  /** Hexadecimal SHA-256 over 0x02, the chain hash before and the leaf hash. */
  readonly chainHash: string;
}

/** A signed statement: the first `size` records have this root. */
export interface Checkpoint {
  readonly size: number;
  readonly rootHash: string;
  readonly atMs: number;
  /** Signed note: origin, size, root in base64, time, a blank line, and the signature line. */
  readonly note: string;
}

export interface AuditListQuery {
  readonly kinds?: readonly string[];
  readonly subject?: string;
  readonly actor?: string;
  readonly text?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly beforeSequence?: number;
  readonly isAscending?: boolean;
  /** Leaves out what this person may not see; undefined: nothing is left out. */
  readonly seenBy?: AuditViewer | undefined;
  readonly limit: number;
}

/** Sees what is about these namespaces only, what is about none, and of sign-ins their own. */
export interface AuditViewer {
  readonly namespaces: readonly NamespaceRef[];
  readonly subject: string;
}

/** Records are counted up to here; a total of more is told as one more. */
export const mostCountedRecords = 10_000;

/** Append-only. What it holds is never changed; retention ends with a checkpoint, not with a hole. */
export interface AuditLog {
  /** Appends in order; inside a transaction they stand and fall with it. */
  append(entries: readonly AuditEntry[]): Promise<readonly AuditRecord[]>;
  size(): Promise<number>;
  bySequence(sequence: number): Promise<AuditRecord | undefined>;
  /** Newest first unless `isAscending`. */
  list(query: AuditListQuery): Promise<{ readonly records: readonly AuditRecord[]; readonly total: number }>;
  /** In order from `from`, at most `limit`. */
  read(from: number, limit: number): Promise<readonly AuditRecord[]>;
  /** Hash of each node of the tree that a proof needs: level 0 are leaves. */
  nodes(wanted: readonly { readonly level: number; readonly index: number }[]): Promise<readonly string[]>;
  /** What the log says of its end; the verifier compares it with the records. */
  head(): Promise<AuditHead>;
  /** Records as they are kept, with what was made of them to look for: for the verifier. */
  readKept(from: number, limit: number): Promise<readonly KeptRecord[]>;
  putCheckpoint(checkpoint: Checkpoint): Promise<void>;
  latestCheckpoint(): Promise<Checkpoint | undefined>;
  checkpoints(): Promise<readonly Checkpoint[]>;
}

export interface AuditHead {
  readonly size: number;
  readonly chainHash: string;
  /** Hashes of the largest whole subtrees, the largest first. */
  readonly peaks: readonly string[];
}

export interface KeptRecord extends AuditLeaf, LeafIndex {
  readonly leafHash: string;
  readonly chainHash: string;
  /** Hashes of the subtrees that are whole with this record, from below, with blanks between. */
  readonly nodes: string;
}
