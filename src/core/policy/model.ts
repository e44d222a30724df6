import type { IpSet } from "../net/ip-set.ts";
import type { L4Set } from "../net/l4.ts";
import type { NamePattern } from "../net/name-pattern.ts";
import type { SelectorExpression } from "./selector-expression.ts";

/** Kinds that can be read, printed and judged. */
export type PolicyKind =
  | "EgressFirewall"
  | "EgressNetworkPolicy"
  | "NetworkPolicy"
  | "AdminNetworkPolicy"
  | "BaselineAdminNetworkPolicy"
  | "ClusterNetworkPolicy"
  | "CiliumNetworkPolicy"
  | "CiliumClusterwideNetworkPolicy"
  | "CalicoNetworkPolicy"
  | "CalicoGlobalNetworkPolicy";

export type Action = "allow" | "deny";

/** `pass` leaves the decision to what is asked after the policy: the next tier, and in the end to allow. */
export type RuleAction = Action | "pass";

export type SelectorOperator = "In" | "NotIn" | "Exists" | "DoesNotExist";

/** A Kubernetes label selector in one canonical form: requirements sorted, `matchLabels` turned into `In`. */
export interface LabelSelector {
  readonly requirements: readonly {
    readonly key: string;
    readonly operator: SelectorOperator;
    readonly values: readonly string[];
  }[];
  /** What must hold besides, and requirements cannot say; only where a kind's own language can. */
  readonly expression?: SelectorExpression;
}

/**
 * Where a rule points. Addresses are exact; the others are symbolic: opaque when policies are compared, resolved
 * by evidence when recorded traffic is judged.
 */
export type Destination =
  | { readonly kind: "addresses"; readonly addresses: IpSet }
  | { readonly kind: "name"; readonly pattern: NamePattern }
  | { readonly kind: "nodes"; readonly selector: LabelSelector }
  /** Pods of this cluster; undefined `namespaces` means the policy's own namespace. */
  | { readonly kind: "pods"; readonly namespaces: LabelSelector | undefined; readonly pods: LabelSelector | undefined }
  /** The endpoints of the Kubernetes API server. */
  | { readonly kind: "api-server" }
  /** Somewhere that no evidence tells, such as the pods of a service account; equal texts mean the same. */
  | {
      readonly kind: "unknown";
      readonly text: string;
      /** Where it is told how far it leads at most, such as a block under a condition; undefined: anywhere. */
      readonly within?: readonly Destination[];
    };

export interface Rule {
  readonly action: RuleAction;
  readonly to: Destination;
  readonly l4: L4Set;
  /** Cilium's addresses and names: never matched by what is a pod or a node of the cluster. */
  readonly outsideOnly?: true;
  /** One line for people, in the kind's own words: `Allow 203.0.113.0/24 tcp/443`. */
  readonly text: string;
  /** Index in the object's own rule list (`spec.egress`); several rules here may stem from one written rule. */
  readonly written: number;
}

/** An ordered list: the first rule that matches decides; `otherwise` decides what none matches. */
export interface RuleList {
  readonly rules: readonly Rule[];
  readonly otherwise: RuleAction;
}

export interface SourceLocation {
  readonly file: string;
  /** From 1; undefined where the object did not come from text. */
  readonly line?: number;
  readonly column?: number;
  /** Path in the document, `spec.egress[3].to.cidrSelector`; empty for the document itself. */
  readonly path: string;
}

/** Which pods of the cluster a policy for more than one namespace speaks of; undefined stands for all. */
export interface PolicySubject {
  readonly namespaces: LabelSelector | undefined;
  readonly pods: LabelSelector | undefined;
}

/**
 * When a policy is asked (policy-semantics §3.2–3.6): tiers by ascending order, in a tier the policies by ascending order
 * and then by name. The admin tier stands at 1,000, the default tier, with every NetworkPolicy in it, at 1,000,000 and the
 * baseline tier at 10,000,000, which are the numbers that Calico gives them.
 */
export interface TierPlace {
  readonly tier: string;
  readonly tierOrder: number;
  /** Priority inside the tier; lower is asked first. */
  readonly order: number;
}

export interface EgressPolicy extends RuleList {
  readonly kind: PolicyKind;
  /** Empty for a policy of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
  /** Pods the object applies to; undefined means every pod of the namespace. */
  readonly podSelector: LabelSelector | undefined;
  /** Only for kinds of the whole cluster; `podSelector` is then undefined. */
  readonly subject?: PolicySubject;
  /** Only for kinds that stand in a tier of their own choice. */
  readonly place?: TierPlace;
  /** False for a NetworkPolicy that does not isolate egress: it then decides nothing. */
  readonly isolates: boolean;
  readonly at: SourceLocation;
  /** Where each written rule stands, same index as `Rule.written`. */
  readonly ruleLocations: readonly SourceLocation[];
  /** Why the cluster would refuse to apply the object as written (first reason); undefined when it would apply it. */
  readonly notApplied: string | undefined;
}

export type Severity = "error" | "warning" | "note";

/** What lint or verify reports about one place in a policy. */
export interface Finding {
  /** Stable, documented code: `ef_unanchored_type`. */
  readonly code: string;
  readonly severity: Severity;
  readonly at: SourceLocation;
  /** What is wrong, one sentence, lower case, no full stop, user input in backticks. */
  readonly message: string;
  /** What a real cluster does with it. */
  readonly effect: string;
  /** What to do. */
  readonly fix: string;
}
