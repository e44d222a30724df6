import type { ExposureView, NamespaceRef } from "../wire/list.ts";

export type Phase = "observe" | "review" | "automate";
export type Coverage = "enforced" | "partial" | "none" | "unknown";

/** What is decided and known of a namespace, beside its traffic: small enough to list a thousand in one go. */
export interface NamespaceRecord extends NamespaceRef {
  readonly phase: Phase;
  readonly threshold: number | undefined;
  readonly reviewByMs: number | undefined;
  /** Why automation stopped itself here. */
  readonly stoppedBecause: string | undefined;
  readonly coverage: Coverage;
  readonly readinessDay: number | undefined;
  readonly exposure: ExposureView | undefined;
  readonly findings: number;
  readonly learnedAtMs: number | undefined;
  /** SHA-256 of the evidence that was last learned from: the same needs no learning again. */
  readonly evidenceDigest: string | undefined;
  /** Of the last seven days, as counted at `countedAtMs`. */
  readonly flows: number;
  readonly destinations: number;
  readonly workloads: number;
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  readonly countedAtMs: number | undefined;
}

export interface NamespaceDay {
  readonly dayMs: number;
  readonly exposure: number | undefined;
  readonly readiness: number | undefined;
  readonly denied: number;
}

/** A rule that wants mending, as lint and the optimiser say; replaced for a namespace as a whole. */
export interface StoredFinding {
  readonly id: string;
  readonly where: NamespaceRef;
  readonly problem: string;
  readonly severity: string;
  readonly lastHitMs: number | undefined;
  /** Canonical JSON of the wire's `RuleFinding`, and of the fix where there is one. */
  readonly body: string;
  /** The manifest after the fix; undefined where there is none. */
  readonly fixedManifest: string | undefined;
}

export interface NamespaceBook {
  get(where: NamespaceRef): Promise<NamespaceRecord | undefined>;
  /** All of them, by cluster and namespace; at most some thousands. */
  all(): Promise<readonly NamespaceRecord[]>;
  /** Makes it when it is not there, with phase `observe`; only what is given changes. */
  set(where: NamespaceRef, change: Partial<Omit<NamespaceRecord, "cluster" | "namespace">>): Promise<void>;
  setDay(where: NamespaceRef, day: NamespaceDay): Promise<void>;
  /** Oldest first. */
  days(where: NamespaceRef, fromMs: number): Promise<readonly NamespaceDay[]>;
  /** Of every namespace: exposure and denied flows by day, oldest first; before `toMs` where it is given. */
  allDays(fromMs: number, toMs?: number): Promise<readonly (NamespaceRef & NamespaceDay)[]>;
  setFindings(where: NamespaceRef, findings: readonly StoredFinding[]): Promise<void>;
  finding(id: string): Promise<StoredFinding | undefined>;
  /** Of one namespace, by id. */
  findingsOf(where: NamespaceRef): Promise<readonly StoredFinding[]>;
  allFindings(): Promise<readonly StoredFinding[]>;
}
