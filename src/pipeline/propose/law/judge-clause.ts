import { intersect, union } from "../../../core/net/interval-set.ts";
import type { L4Set } from "../../../core/net/l4.ts";
import type { EgressPolicy } from "../../../core/policy/model.ts";
import { type Breach, told } from "./breach.ts";
import {
  judgeDefaultDeny,
  judgeForbidden,
  judgeMustAllow,
  judgeMustDeny,
  judgeWidestPrefix,
  portWords,
} from "./judge-addresses.ts";
import { judgeForbiddenNames, judgeNames, judgeRequiredNames } from "./judge-names.ts";
import { judgeJustification, judgeSeparation, judgeTemporary, judgeTicket } from "./judge-proposal.ts";
import { type LawCase, openingsOfCase, sureOpeningsOf } from "./law-case.ts";
import type { LawClause, LawDemand, LawDestinations } from "./law.ts";
import { type Openings, ruleWords, without, writtenIndex } from "./openings.ts";
import { decidesAlone, leavesTheRest } from "./policy-kinds.ts";

/**
 * How a clause that is in scope is broken; empty when it is kept. Clauses in CEL and Rego, approvals and automation are asked elsewhere.
 * Each policy is judged by itself: what it lets through, whatever other policies say.
 */
export function judgeClause(clause: LawClause, given: LawCase): readonly Breach[] {
  const { demand } = clause;
  const { policy, proposal } = given;
  if (policy === undefined) return judgeRemoval(demand, given);
  const ofProposal = proposal === undefined ? [] : judgeWords(demand, given);
  // A policy that filters no egress opens nothing: it is another kind of policy.
  if (!policy.isolates) return [...ofProposal, ...judgeNotIsolating(demand, given, policy)];
  return told([...ofProposal, ...rememberedBreaches(clause, policy)]);
}

/** What a policy says does not change, and it is judged at every look at a proposal. */
const known = new WeakMap<EgressPolicy, WeakMap<LawClause, readonly Breach[]>>();

function rememberedBreaches(clause: LawClause, policy: EgressPolicy): readonly Breach[] {
  const own = known.get(policy) ?? new WeakMap<LawClause, readonly Breach[]>();
  known.set(policy, own);
  let breaches = own.get(clause);
  if (breaches === undefined) own.set(clause, (breaches = judgePolicy(clause, policy)));
  return breaches;
}

function judgeWords(demand: LawDemand, { proposal, nowMs }: LawCase): readonly Breach[] {
  switch (demand.kind) {
    case "temporary":
      return judgeTemporary(demand, proposal!, nowMs);
    case "justification":
      return judgeJustification(demand, proposal!);
    case "ticket":
      return judgeTicket(demand, proposal!);
    case "separationOfDuties":
      return judgeSeparation(proposal!);
    default:
      return [];
  }
}

function judgePolicy({ demand, scope }: LawClause, policy: EgressPolicy): readonly Breach[] {
  const openings = openingsOfCase(policy);
  const isAsked = decidesAlone(policy.kind) || scope.kinds.includes(policy.kind);
  switch (demand.kind) {
    case "forbidden":
      return [...judgeForbidden(openings, demand.to), ...judgeForbiddenNames(openings, demand.to)];
    case "mustDeny":
      return [...judgeMustDeny(openings, demand.to), ...judgeForbiddenNames(openings, demand.to)];
    case "mustAllow":
      return isAsked ? judgeRequired(sureOpeningsOf(policy), demand.to) : [];
    case "widestPrefix":
      return judgeWidestPrefix(openings, demand);
    case "ports":
      return judgePorts(openings, demand);
    case "names":
      return judgeNames(openings, demand);
    case "defaultDeny":
      return leavesTheRest(policy.kind) ? [] : judgeDefaultDeny(openings);
    case "kinds":
      return judgeKind(demand, policy);
    case "mostRules":
      return judgeCount(demand, policy);
    default:
      return [];
  }
}

function judgeRequired(openings: Openings, to: LawDestinations): readonly Breach[] {
  return [...judgeMustAllow(openings, to), ...judgeRequiredNames(openings, to)];
}

function judgeNotIsolating(demand: LawDemand, { base }: LawCase, policy: EgressPolicy): readonly Breach[] {
  if (demand.kind === "kinds") return judgeKind(demand, policy);
  if (demand.kind !== "defaultDeny" || base?.isolates !== true) return [];
  return [{ message: "the policy no longer filters egress, so nothing is denied by default", rule: undefined }];
}

/** Without the object its pods are open again. What goes back to how it was may do that: see the judge. */
function judgeRemoval(demand: LawDemand, given: LawCase): readonly Breach[] {
  const { base, proposal, beside } = given;
  const ofProposal = proposal === undefined ? [] : judgeWords(demand, given);
  const isOpened = base !== undefined && base.isolates && !leavesTheRest(base.kind) && !beside.some(isInPlaceOf(base));
  if (demand.kind !== "defaultDeny" || !isOpened) return ofProposal;
  return [...ofProposal, { message: "without this policy nothing is denied by default", rule: undefined }];
}

/** A firewall that denies by default speaks for every pod of its namespace, whatever kind spoke for them before. */
function isInPlaceOf({ namespace }: EgressPolicy): (other: EgressPolicy) => boolean {
  return (other) =>
    other.namespace === namespace && decidesAlone(other.kind) && judgeDefaultDeny(openingsOfCase(other)).length === 0;
}

type Of<Kind extends LawDemand["kind"]> = Extract<LawDemand, { kind: Kind }>;

function judgePorts({ policy, open, symbolic }: Openings, { only, never }: Of<"ports">): readonly Breach[] {
  const byRule = new Map<number, L4Set>();
  const add = (by: number, l4: L4Set): void => {
    const wrong = without(l4, only, never);
    if (wrong.length > 0) byRule.set(by, union(byRule.get(by) ?? [], wrong));
  };
  for (const { by, l4 } of open) add(by, l4);
  for (const { index, l4 } of symbolic) add(index, l4);
  return [...byRule]
    .toSorted(([a], [b]) => a - b)
    .map(([by, l4]) => {
      const isNever = intersect(l4, never).length > 0;
      const why = isNever ? "which must never be open" : "and only what the law lists may be open";
      return {
        message: `${ruleWords(policy, by)} opens ${portWords(isNever ? intersect(l4, never) : l4)}, ${why}`,
        rule: writtenIndex(policy, by),
      };
    });
}

function judgeKind({ only }: Of<"kinds">, { kind }: EgressPolicy): readonly Breach[] {
  if (only.includes(kind)) return [];
  return [{ message: `policies of the kind ${kind} are not allowed here: use ${only.join(" or ")}`, rule: undefined }];
}

function judgeCount({ most }: Of<"mostRules">, { ruleLocations }: EgressPolicy): readonly Breach[] {
  const count = ruleLocations.length;
  return count <= most ? [] : [{ message: `the policy has ${count} rules, and may have ${most}`, rule: undefined }];
}
