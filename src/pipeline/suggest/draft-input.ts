import type { DraftPolicy } from "../../core/policy/draft.ts";
import type { Guardrail } from "../baseline/guardrails.ts";
import type { NamespaceBaseline } from "../baseline/namespace-baseline.ts";
import type { ClusterFacts } from "../flows/cluster-facts.ts";
import type { Edge } from "../flows/edge.ts";
import type { FlowWindow } from "../flows/harvest.ts";
import type { Choice, KindAbilities, Need } from "./choose/choice.ts";
import type { Evidence } from "./evidence.ts";

export interface DraftInput {
  readonly baseline: NamespaceBaseline;
  /**
   * What the rules must allow, in words that a kind of these abilities has, in the order they are to be written; nothing
   * of the API server's, which is the prelude's. Without ports in the kind, traffic that has none is among it.
   */
  readonly needs: (abilities: KindAbilities) => readonly Need[];
  readonly guardrails: readonly Guardrail[];
  readonly facts: ClusterFacts;
  readonly window: FlowWindow | undefined;
  /** Of the object that the draft takes the place of, where the kind leaves the name free; undefined: a new one. */
  readonly name: string | undefined;
  /** Where the kind stands in an order of its own choice; undefined: the usual place. */
  readonly priority?: number | undefined;
}

/** Why a rule is there: evidence for a learned one, a reason for the rest. Same index as the draft's rules. */
export interface RuleReason {
  readonly why: "guardrail" | "api-server" | "inside-cluster" | "learned" | "default-deny";
  readonly text: string;
  readonly evidence: Evidence | undefined;
  /** The services that need it, with the form that was chosen for each; empty where nothing was chosen between. */
  readonly choices: readonly Choice[];
}

/** Needed traffic that the kind has no words for. It would be denied. */
export interface NotExpressible {
  readonly edge: Edge;
  readonly because: string;
}

export interface DraftSuggestion {
  readonly draft: DraftPolicy;
  readonly reasons: readonly RuleReason[];
  readonly notExpressible: readonly NotExpressible[];
  /** What the reader should know before using it, one sentence each. */
  readonly cautions: readonly string[];
}
