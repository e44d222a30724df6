import type { Cidr } from "../../../core/net/ip-set.ts";
import type { L4Set } from "../../../core/net/l4.ts";
import type { NamePattern } from "../../../core/net/name-pattern.ts";
import type { PolicyKind, SourceLocation } from "../../../core/policy/model.ts";
import type { TicketPattern } from "./ticket-pattern.ts";

/** A breach that `warns` is shown and stops nothing. */
export type LawEffect = "forbids" | "warns";

/** Patterns in which `*` stands for any characters, none included. Empty lists: everything. */
export interface LawScope {
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  /** Namespaces that are left out although they match. */
  readonly except: readonly string[];
  readonly kinds: readonly PolicyKind[];
}

/** Where connections may or may not go; any of the blocks and names. */
export interface LawDestinations {
  readonly blocks: readonly Cidr[];
  /** `*.example.com` stands for names at any depth below it. */
  readonly names: readonly NamePattern[];
  readonly l4: L4Set;
}

export type ProposalRisk = "low" | "medium" | "high";

/** What a clause asks of a policy, or of the proposal it comes with. */
export type LawDemand =
  /** No rule opens any part of it. */
  | { readonly kind: "forbidden"; readonly to: LawDestinations }
  /** Denied whatever the names of the policy stand for: no name may be asked before the deny. */
  | { readonly kind: "mustDeny"; readonly to: LawDestinations }
  | { readonly kind: "mustAllow"; readonly to: LawDestinations }
  /** Shortest prefix that may be open whole; undefined: that family is not looked at. */
  | {
      readonly kind: "widestPrefix";
      readonly v4: number | undefined;
      readonly v6: number | undefined;
      readonly except: readonly Cidr[];
    }
  | { readonly kind: "ports"; readonly only: L4Set | undefined; readonly never: L4Set }
  | { readonly kind: "kinds"; readonly only: readonly PolicyKind[] }
  | {
      readonly kind: "names";
      readonly wildcards: boolean;
      /** Fewest labels behind a `*.`: 2 allows `*.example.com` and refuses `*.com`. */
      readonly leastLabels: number;
      readonly only: readonly NamePattern[] | undefined;
    }
  | { readonly kind: "mostRules"; readonly most: number }
  | { readonly kind: "defaultDeny" }
  | { readonly kind: "temporary"; readonly mostDays: number; readonly isRequired: boolean }
  | { readonly kind: "justification"; readonly leastLength: number }
  | { readonly kind: "ticket"; readonly pattern: TicketPattern }
  | {
      readonly kind: "approvals";
      readonly needed: number;
      readonly groups: readonly string[];
      readonly when: ApprovalCase;
    }
  | { readonly kind: "separationOfDuties"; readonly mayEditorsApprove: boolean }
  | { readonly kind: "automation"; readonly isAllowed: boolean }
  | { readonly kind: "cel"; readonly expression: string }
  /** Asked of an Open Policy Agent under this path of its data: `postern/egress`. */
  | { readonly kind: "rego"; readonly path: string };

export type LawDemandKind = LawDemand["kind"];

/** When an approval is asked for; everything that is said must hold. */
export interface ApprovalCase {
  /** Empty: any. */
  readonly risk: readonly ProposalRisk[];
  /** Only where the policy opens some of it; undefined: always. */
  readonly opens: LawDestinations | undefined;
}

export interface LawClause {
  /** Stable: what verdicts, audit and people call it by. */
  readonly name: string;
  readonly effect: LawEffect;
  readonly scope: LawScope;
  /** The organisation's own words, behind ours; empty where there are none. */
  readonly message: string;
  readonly demand: LawDemand;
  readonly at: SourceLocation;
  /** Where the demand's own text stands: a CEL expression's mistakes are counted from here. */
  readonly demandAt: SourceLocation;
}

/** The organisation's law for policies: one document. */
export interface Law {
  readonly name: string;
  readonly scope: LawScope;
  /** In the order in which they are written; every name once. */
  readonly clauses: readonly LawClause[];
}

export const lawApiVersion = "postern.dev/v1";
export const lawKind = "EgressLaw";
