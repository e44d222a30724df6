import type { Cidr } from "../core/net/ip-set.ts";
import type { Difference } from "../core/policy/difference.ts";
import type { DraftKind, DraftPolicy } from "../core/policy/draft.ts";
import type { Exposure } from "../core/policy/exposure.ts";
import type { EgressPolicy, Finding } from "../core/policy/model.ts";
import type { Knowledge } from "../pipeline/baseline/knowledge/knowledge.ts";
import type { NotLearned } from "../pipeline/baseline/namespace-baseline.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { FlowWindow, Harvest } from "../pipeline/flows/harvest.ts";
import type { Choice, Posture } from "../pipeline/suggest/choose/choice.ts";
import type { NotExpressible, RuleReason } from "../pipeline/suggest/draft-input.ts";
import type { Readiness } from "../pipeline/suggest/readiness/readiness.ts";
import type { ReplayRow } from "../pipeline/verify/replay.ts";
import type { Verification } from "../pipeline/verify/verify-suggestion.ts";
import type { CompanionProof } from "./companion-policies.ts";

/** How a draft becomes the text people commit, and how that text is read again. */
export interface ManifestPort {
  print(draft: DraftPolicy): string;
  /** Reads what {@link print} printed; exactly one policy. */
  read(text: string): { readonly policy: EgressPolicy | undefined; readonly findings: readonly Finding[] };
}

export interface SuggestRequest {
  readonly harvest: Harvest;
  readonly facts: ClusterFacts;
  readonly kind: DraftKind;
  /** Empty means every namespace with traffic. */
  readonly namespaces: readonly string[];
  /** What the cluster holds today; empty means that egress is wide open. */
  readonly existing: readonly EgressPolicy[];
  /** Blocks the organisation never allows. */
  readonly never: readonly Cidr[];
  /** What is known beyond the flows; left out: the built-in catalogue. */
  readonly knowledge?: Knowledge;
  /** Also a NetworkPolicy per workload, beside an EgressFirewall. */
  readonly companions?: boolean;
  /** Left out: balanced. */
  readonly posture?: Posture;
  /** For the kinds that have one, in the range that theirs has; left out: that of the object that is replaced, else 50. */
  readonly priority?: number | undefined;
}

export interface Suggestion {
  readonly namespace: string;
  readonly kind: DraftKind;
  readonly posture: Posture;
  /** The exact bytes to commit. */
  readonly manifest: string;
  readonly draft: DraftPolicy;
  /** As read back from the draft's own text: `manifest`, unless that is an edited text, which is read in {@link edit}. */
  readonly policy: EgressPolicy;
  /** Why each rule is there, same index as the draft's rules. */
  readonly reasons: readonly RuleReason[];
  /** One per service that is used, in the order of the rules. */
  readonly choices: readonly Choice[];
  readonly learned: {
    readonly flows: number;
    readonly connections: number;
    readonly destinations: number;
    readonly workloads: number;
    readonly window: FlowWindow | undefined;
  };
  readonly notLearned: readonly NotLearned[];
  readonly notExpressible: readonly NotExpressible[];
  readonly cautions: readonly string[];
  /** Of the policy as read back from `manifest`. */
  readonly verification: Verification;
  /** Undefined where none were asked for. */
  readonly companions: CompanionProof | undefined;
  /** How safe it is to enforce at the end of the recording. */
  readonly readiness: Readiness;
  /** The policy of this kind that is replaced; undefined when there is none. */
  readonly replaces: EgressPolicy | undefined;
  /** How `manifest` came of the text of {@link replaces}; left out where it was written anew without asking. */
  readonly edit?: SuggestionEdit;
  readonly exposureBefore: Exposure;
  /** Against the replaced policy, or against wide open egress. */
  readonly changes: readonly Difference[];
  /** Every recorded connection under today's policies and under the suggestion in place of the replaced one. */
  readonly impact: readonly ReplayRow[];
}

/** The smallest change of what people wrote, or why there is none. */
export type SuggestionEdit =
  | {
      readonly kind: "edited";
      readonly path: string;
      /** As read back from the edited text. */
      readonly policy: EgressPolicy;
      /** In the order of the edited policy, removed ones where they stood. */
      readonly rules: readonly EditedRule[];
    }
  | { readonly kind: "rewritten"; readonly path: string; readonly because: string };

export interface EditedRule {
  readonly state: "kept" | "changed" | "added" | "removed";
  /** As it will be; as it was where it is removed. */
  readonly text: string;
  /** As it was, where it is changed. */
  readonly was: string | undefined;
}

export interface RefusedSuggestion {
  readonly namespace: string;
  /** One sentence each: which check failed, and what would break. */
  readonly failures: readonly string[];
  readonly verification: Verification | undefined;
}

export interface SuggestResult {
  /** In order of namespace. */
  readonly suggestions: readonly Suggestion[];
  /** Namespaces whose suggestion failed its own proof: nothing is printed for them. */
  readonly refused: readonly RefusedSuggestion[];
  /** Namespaces that were asked for and had no traffic. */
  readonly withoutTraffic: readonly string[];
}

/** Called before each namespace; throwing stops the work. */
export type SuggestProgress = (done: number, total: number, namespace: string) => void;
