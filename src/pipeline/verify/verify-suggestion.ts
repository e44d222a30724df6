import {
  allAddresses,
  type Cidr,
  formatCidr,
  type IpSet,
  ipSetOf,
  isSubsetIp,
  subtractIp,
  unionIp,
} from "../../core/net/ip-set.ts";
import type { CompiledRules } from "../../core/policy/compile.ts";
import { type Exposure, exposure } from "../../core/policy/exposure.ts";
import type { EgressPolicy, Finding } from "../../core/policy/model.ts";
import type { Guardrail } from "../baseline/guardrails.ts";
import type { NamespaceBaseline } from "../baseline/namespace-baseline.ts";
import type { Edge } from "../flows/edge.ts";
import type { PolicyWorld } from "./policy-world.ts";
import { judge, type ReplayVerdict } from "./replay.ts";

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was checked, with the number; or the counterexamples. */
  readonly detail: string;
}

export interface Verification {
  readonly passed: boolean;
  readonly checks: readonly Check[];
  /** Needed traffic that would not pass, with the rule that decides. */
  readonly counterexamples: readonly { readonly edge: Edge; readonly verdict: ReplayVerdict }[];
  readonly exposure: Exposure;
}

export interface VerifyInput {
  /** The printed policy, read back: what is verified is what is written, not what was meant. */
  readonly policy: EgressPolicy;
  readonly findings: readonly Finding[];
  readonly baseline: NamespaceBaseline;
  /** Needed traffic that the kind cannot express; it is reported, not required. */
  readonly exempt: ReadonlySet<Edge>;
  readonly guardrails: readonly Guardrail[];
  /** The policy with its names unresolved, and the pod networks left out. */
  readonly compiled: CompiledRules;
  /** The policy alone, with names and nodes resolved by what was recorded. */
  readonly world: PolicyWorld;
  readonly clusterNetworks: IpSet;
}

/** Proves that a suggestion allows what is needed, denies what is forbidden, and would be applied by a cluster. */
export function verifySuggestion(input: VerifyInput): Verification {
  const { policy, findings, baseline, exempt, compiled, world, clusterNetworks } = input;
  const needed = baseline.sanctioned.filter((edge) => !exempt.has(edge));
  const counterexamples = needed
    .map((edge) => ({ edge, verdict: judge(edge, world) }))
    .filter(({ verdict }) => verdict.kind !== "allow");
  const forbidden = baseline.notLearned.filter(
    ({ reason, edge }) => reason === "forbidden" && isGoverned(policy, edge),
  );
  const opened = forbidden.filter(({ edge }) => judge(edge, world).kind !== "deny");
  const open = openGuardrail(input);
  const errors = findings.filter(({ severity }) => severity === "error");
  const checks: Check[] = [
    {
      name: "a cluster applies it",
      passed: policy.notApplied === undefined && errors.length === 0,
      detail: policy.notApplied ?? errors[0]?.message ?? "no rule is refused or misread",
    },
    {
      name: "allows what is needed",
      passed: counterexamples.length === 0,
      detail: `${needed.length - counterexamples.length} of ${needed.length} recorded connections pass`,
    },
    {
      name: "denies what is forbidden",
      passed: opened.length === 0 && open === undefined,
      detail:
        open === undefined
          ? `${forbidden.length - opened.length} of ${forbidden.length} recorded, and every address of the guardrails`
          : `${formatCidr(open.cidr)} stays reachable, although ${open.reason}`,
    },
  ];
  return {
    passed: checks.every(({ passed }) => passed),
    checks,
    counterexamples,
    exposure: exposure(compiled, clusterNetworks),
  };
}

/** OpenShift SDN, which the legacy kind belongs to, has no IPv6. */
function isGoverned({ kind }: EgressPolicy, { address }: Edge): boolean {
  return kind !== "EgressNetworkPolicy" || address.family === 4;
}

/**
 * A block of a guardrail of which some address is reachable on some port, by addresses or by a name that comes first. Pod
 * networks in it do not count: these kinds cannot close them.
 */
function openGuardrail({
  policy,
  compiled,
  guardrails,
  clusterNetworks,
}: VerifyInput): { readonly cidr: Cidr; readonly reason: string } | undefined {
  for (const { cidrs, reason, isWritten } of guardrails) {
    for (const cidr of cidrs) {
      if (policy.kind === "EgressNetworkPolicy" && cidr.family === 6) continue;
      const only = ipSetOf(cidr);
      const open = exposure(compiled, unionIp(subtractIp(allAddresses, only), clusterNetworks));
      if (open.v4 !== undefined || open.v6 !== undefined || (isWritten && hasNameBefore(policy, only))) {
        return { cidr, reason };
      }
    }
  }
  return undefined;
}

/** A name could resolve to the guardrail's address; only a deny that comes before it keeps it closed. */
function hasNameBefore(policy: EgressPolicy, guarded: IpSet): boolean {
  const denied = policy.rules.findIndex(
    ({ action, to }) => action === "deny" && to.kind === "addresses" && isSubsetIp(guarded, to.addresses),
  );
  const named = policy.rules.findIndex(
    ({ action, to }) => action === "allow" && (to.kind === "name" || to.kind === "nodes"),
  );
  return named >= 0 && (denied < 0 || named < denied);
}
