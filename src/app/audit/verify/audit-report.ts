/** What is wrong, and with which records. */
export interface AuditProblem {
  readonly kind: AuditProblemKind;
  /** Sequence numbers, both inclusive; undefined where it is about none. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** `line 17`; empty in a store, where records have no other place than their number. */
  readonly where: string;
  /** One sentence. */
  readonly message: string;
}

export const auditProblemKinds = [
  /** What a record says is not what was recorded. */
  "changed",
  /** A record is as it was recorded, its hash or chain hash is not. */
  "hash",
  "missing",
  "inserted",
  "moved",
  /** A line or row that is no record. */
  "unreadable",
  /** The nodes of the tree beside a record, which proofs are made of. */
  "nodes",
  /** What is made of a record to look for it. */
  "index",
  /** A checkpoint that is not what was signed, or that no key given has signed. */
  "checkpoint",
  /** All hashes fit, and are not those that were signed. */
  "rewritten",
  /** What the log says of its own end. */
  "end",
] as const;
export type AuditProblemKind = (typeof auditProblemKinds)[number];

/** A checkpoint that a trusted key has signed and that the records lead to. */
export interface ProvenCheckpoint {
  readonly size: number;
  readonly atMs: number | undefined;
  readonly keyName: string;
  readonly keyId: string;
}

export interface AuditReport {
  /** Records that were there. */
  readonly records: number;
  /** In the order of the log; at most some hundred. */
  readonly problems: readonly AuditProblem[];
  readonly problemsLeftOut: number;
  readonly checkpoints: number;
  /** The largest one; undefined: nothing is shown to be what was signed. */
  readonly proven: ProvenCheckpoint | undefined;
  /** Whether keys were given from outside, not only taken from the log. */
  readonly hasKeys: boolean;
  /** Root and chain of what was there, where they could be computed to the end. */
  readonly rootHash: string | undefined;
  readonly chainHash: string;
}
