import type { ProposalPerson } from "../proposal.ts";
import { opensAddresses } from "./judge-addresses.ts";
import { opensNames } from "./judge-names.ts";
import { type LawCase, openingsOfCase } from "./law-case.ts";
import type { Law, LawDemand } from "./law.ts";
import { leavesTheRest } from "./policy-kinds.ts";
import { isInScope } from "./scope.ts";

/** What a clause asks of the people who approve. */
export interface ApprovalRequirement {
  readonly clause: string;
  /** `company@3`. */
  readonly law: string;
  /** How many different people. */
  readonly needed: number;
  /** Each of them in one of these groups; empty: whoever may approve. */
  readonly groups: readonly string[];
}

/** The requirements that a change has to meet. Risk that nobody judged counts as every risk: it asks for more, never for less. */
export function approvalsOf(law: Law, version: string, given: LawCase): readonly ApprovalRequirement[] {
  if (!isInScope(law.scope, given)) return [];
  return law.clauses.flatMap(({ name, scope, demand }): readonly ApprovalRequirement[] => {
    if (demand.kind !== "approvals" || !isInScope(scope, given) || !isCase(demand, given)) return [];
    return [{ clause: name, law: version, needed: demand.needed, groups: demand.groups }];
  });
}

function isCase(
  { when }: Extract<LawDemand, { kind: "approvals" }>,
  { policy, base, risk, proposal }: LawCase,
): boolean {
  if (when.risk.length > 0 && risk !== undefined && !when.risk.includes(risk)) return false;
  if (when.opens === undefined) return true;
  // Going back to how it was must work at night.
  if (policy === undefined && proposal?.origin === "revert") return false;
  // Without the policy everything is open that it denied.
  if (policy === undefined || !policy.isolates) return base !== undefined && base.isolates && !leavesTheRest(base.kind);
  const openings = openingsOfCase(policy);
  return opensAddresses(openings, when.opens).length > 0 || opensNames(openings, when.opens).length > 0;
}

/** How many people must approve in all. */
export function approvalsNeeded(requirements: readonly ApprovalRequirement[], atLeast = 1): number {
  return Math.max(atLeast, ...requirements.map(({ needed }) => needed));
}

/** What an approval by somebody counts for, as {@link requirementKey}; kept with the approval, because groups change. */
export function countsFor(
  { groups }: { readonly groups: readonly string[] },
  requirements: readonly ApprovalRequirement[],
): readonly string[] {
  const isIn = (wanted: readonly string[]): boolean =>
    wanted.length === 0 || wanted.some((group) => groups.includes(group));
  return requirements.filter((requirement) => isIn(requirement.groups)).map(requirementKey);
}

export function requirementKey({ law, clause }: ApprovalRequirement): string {
  return `${law}/${clause}`;
}

export interface GivenApproval {
  readonly subject: string;
  /** Keys of the requirements it counts for. */
  readonly countsFor: readonly string[];
}

/** What is still missing, one sentence each; empty: enough have approved. One person counts once for each requirement. */
export function missingApprovals(
  requirements: readonly ApprovalRequirement[],
  approvals: readonly GivenApproval[],
  atLeast = 1,
): readonly string[] {
  const people = new Set(approvals.map(({ subject }) => subject)).size;
  const missing = requirements.flatMap((requirement): readonly string[] => {
    const key = requirementKey(requirement);
    const counted = approvals.filter((approval) => approval.countsFor.includes(key));
    const given = new Set(counted.map(({ subject }) => subject)).size;
    if (given >= requirement.needed) return [];
    const { needed, groups } = requirement;
    const who = groups.length === 0 ? "" : ` from ${groups.map((group) => `\`${group}\``).join(" or ")}`;
    return [`${needed - given} of ${needed} approvals${who} ${needed - given === 1 ? "is" : "are"} missing (${key})`];
  });
  return missing.length > 0 || people >= atLeast ? missing : [`${atLeast - people} of ${atLeast} approvals missing`];
}

/** @returns why somebody may not approve, naming the clause; undefined: they may */
export function mayApprove(
  { subject }: { readonly subject: string },
  { author, editors }: { readonly author: ProposalPerson | undefined; readonly editors: readonly ProposalPerson[] },
  separation: { readonly law: string; readonly clause: string } | undefined,
): string | undefined {
  if (separation === undefined) return undefined;
  const wrote = [...(author === undefined ? [] : [author]), ...editors].some((person) => person.subject === subject);
  if (!wrote) return undefined;
  return `you wrote part of the text, and ${separation.law}/${separation.clause} asks for somebody else to approve it`;
}
