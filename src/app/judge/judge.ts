import type { DraftKind } from "../../core/policy/draft.ts";
import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { Coverage, StoredFinding } from "../state/namespaces.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { ExposureView, FindingView, NamespaceRef } from "../wire/list.ts";
import type { FlowMap, PolicyView } from "../wire/namespaces.ts";

/** The slow work of the server. Everything that goes in and comes out is plain data, so that it may cross to another process. */
export interface Judge {
  /** Learns what the namespace needs from the recorded traffic, and drafts. Fails with `nothing_recorded`, `suggestion_refused`, … */
  suggest(request: SuggestAsk, signal: AbortSignal): Promise<Result<Drafted, Failure>>;
  /** Judges a text against what was recorded and what is in force. Never fails for what the text says: that is a finding. */
  judge(request: JudgeAsk, signal: AbortSignal): Promise<Result<Judged, Failure>>;
  /** What is in force: rules with their traffic, findings with fixes that are proven, exposure, coverage. */
  review(request: ReviewAsk, signal: AbortSignal): Promise<Result<NamespaceReview, Failure>>;
  flowMap(request: FlowMapAsk, signal: AbortSignal): Promise<Result<FlowMap, Failure>>;
  close(): Promise<void>;
}

export interface SuggestAsk extends NamespaceRef {
  readonly kind: DraftKind;
  readonly posture: "strict" | "balanced" | "available";
  /** As in the repository; undefined: what the cluster holds. Edited in place where it can be. */
  readonly baseManifest: string | undefined;
}

export interface JudgeAsk extends NamespaceRef {
  readonly manifest: string;
  /** What it is compared with; undefined: the object of this kind and name that is in force, or wide open egress. */
  readonly baseManifest: string | undefined;
}

export interface ReviewAsk extends NamespaceRef {
  /** Only what shows at once: no learning, and findings without proven fixes. */
  readonly isLook?: boolean;
}

export interface FlowMapAsk extends NamespaceRef {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly workloads: readonly string[];
  readonly most: number;
}

/** A policy as it would be committed, and what speaks for it. */
export interface Drafted {
  readonly kind: DraftKind;
  readonly policyName: string;
  readonly title: string;
  readonly manifest: string;
  readonly baseManifest: string | undefined;
  /** SHA-256 of the base's text; undefined where there is none. */
  readonly baseDigest: string | undefined;
  readonly dossier: Dossier;
}

export interface Judged {
  readonly findings: readonly FindingView[];
  /** Undefined where the text is no policy that can be judged, with an error among the findings. */
  readonly policy: { readonly kind: DraftKind; readonly name: string; readonly namespace: string } | undefined;
  readonly dossier: Dossier | undefined;
  readonly exposure: ExposureView | undefined;
}

export interface NamespaceReview {
  readonly policies: readonly PolicyView[];
  readonly findings: readonly StoredFinding[];
  readonly coverage: Coverage;
  readonly exposure: ExposureView;
  /** Of enforcing what would be suggested now; undefined where nothing was recorded, and in a mere look. */
  readonly readinessDay: number | undefined;
  /** SHA-256 over the recorded edges. */
  readonly evidenceDigest: string;
}
