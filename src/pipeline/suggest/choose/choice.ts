import type { DraftCidr, DraftName, DraftNodes } from "../../../core/policy/draft.ts";
import type { Port } from "../../baseline/port.ts";
import type { ServiceUse } from "../../baseline/services/service-use.ts";
import type { Edge } from "../../flows/edge.ts";

/** How much a user would rather open than break. */
export type Posture = "strict" | "balanced" | "available";

/** What a kind of policy can say; a choice never needs more. */
export interface KindAbilities {
  /** `one-label` and `subdomains` are what its `*` stands for; `exact`: no wildcards. */
  readonly names: "none" | "exact" | "one-label" | "subdomains";
  /** The addresses of a name are those that pods were told, and not what each node was told when it asked for itself. */
  readonly namesFollowPods?: boolean;
  readonly nodes: boolean;
  readonly ports: boolean;
  readonly ipv6: boolean;
  /** A deny can stand before an allow; where it cannot, what must stay shut is cut out of the blocks that are allowed. */
  readonly denies: boolean;
  /** Rules that one object holds. */
  readonly maxRules: number;
}

export const formKinds = [
  "addresses",
  "consolidated",
  "published",
  "name",
  "wildcard",
  "nodes",
  "name-and-range",
] as const;

export type FormKind = (typeof formKinds)[number];

/** One way to allow a service. */
export interface Form {
  readonly kind: FormKind;
  /** For people: `the 4 addresses that were seen`, `Amazon S3 in us-east-1, 12 blocks`, `the name api.stripe.com`. */
  readonly title: string;
  /** One rule each, in the order they are written. */
  readonly targets: readonly (DraftCidr | DraftName | DraftNodes)[];
  /** log2 of the address × port pairs it opens, names by the addresses they are known to have. */
  readonly exposure: number;
  /** Expected share of the service's own flows of the next week that it would block, 0 to 1. */
  readonly blockedShare: number;
  /** Chance that it blocks something legitimate of this service in the next day and week, 0 to 1. */
  readonly breaksWithinDay: number;
  readonly breaksWithinWeek: number;
  /** What it weighs under the posture; smaller is better. */
  readonly cost: number;
}

export interface Choice {
  readonly use: ServiceUse;
  readonly form: Form;
  /** The next best, and why it is not the choice; undefined where there is no other way. */
  readonly runnerUp: { readonly form: Form; readonly because: string } | undefined;
  /** Why this form, one sentence. */
  readonly because: string;
}

/** One destination a rule will allow, the ports it needs, and the traffic that says so. */
export interface Need {
  readonly to: DraftCidr | DraftName | DraftNodes;
  /** Sorted; empty for kinds without ports. */
  readonly ports: readonly Port[];
  readonly edges: readonly Edge[];
  /** Undefined where nothing was chosen between. */
  readonly choice: Choice | undefined;
}
