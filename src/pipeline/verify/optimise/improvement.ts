import type { FindingCode } from "../../../core/policy/findings/catalogue.ts";
import type { EgressPolicy } from "../../../core/policy/model.ts";
import type { RuleEdit } from "../../../core/policy/rule-edit.ts";
import type { Edge } from "../../flows/edge.ts";

/**
 * What a change promises: the same verdict for every connection; nothing newly open; or that only what it names is newly
 * open. Sanctioned traffic is kept by all three.
 */
export type ChangePromise =
  | { readonly kind: "same" }
  /** `forgets`: traffic that is given up, because it is too long ago. */
  | { readonly kind: "narrower"; readonly forgets?: readonly Edge[] }
  | { readonly kind: "opens"; readonly opened: EgressPolicy["rules"] };

/** Something that could be better about a policy, and the steps that mend it. */
export interface Improvement {
  readonly code: FindingCode;
  readonly policy: EgressPolicy;
  /** The written rule it is about; undefined for the policy as a whole. */
  readonly rule: number | undefined;
  /** What is found, one sentence, lower case, no full stop. */
  readonly message: string;
  readonly mend:
    | {
        readonly kind: "edits";
        readonly edits: readonly RuleEdit[];
        readonly promise: ChangePromise;
        readonly text: string;
      }
    /** Why no change is offered, as the rest of a sentence. */
    | { readonly kind: "none"; readonly because: string };
}
