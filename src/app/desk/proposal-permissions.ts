import { approvalRefused } from "../../pipeline/propose/approvals.ts";
import { canHappen } from "../../pipeline/propose/moves.ts";
import { isAfterMerge } from "../../pipeline/propose/proposal-states.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Access, Verb } from "../access/access.ts";
import { type Principal, personOf } from "../access/principal.ts";
import type { LawAnswer } from "../law/law-judge.ts";
import { lawForApproval } from "../proposals/law-of-proposal.ts";
import type { ProposalAction, ProposalDetail } from "../wire/proposals.ts";
import type { DeskFailure } from "./desk-failure.ts";

type Action = ProposalAction["action"] | "edit";

/** What one must be allowed to do in the namespace. */
export const verbOf: Readonly<Record<Action, Verb>> = {
  edit: "edit",
  submit: "edit",
  withdraw: "edit",
  approve: "approve",
  "request-changes": "approve",
  reject: "approve",
  "open-pull-request": "approve",
  "roll-back": "approve",
  comment: "view",
};

const actions = Object.keys(verbOf) as readonly Action[];

/** Every action, whether this person may do it now, and the reason where not. */
export async function mayOf(
  who: Principal,
  proposal: Proposal,
  answer: LawAnswer,
  access: Access,
): Promise<ProposalDetail["may"]> {
  const verbs = [...new Set(Object.values(verbOf))];
  const allowed = new Map(
    await Promise.all(verbs.map(async (verb) => [verb, await access.may(who, verb, proposal)] as const)),
  );
  return actions.map((action) => {
    const verb = verbOf[action];
    const why =
      allowed.get(verb) === true ? hindrance(who, proposal, answer, action) : forbidden(verb, proposal).message;
    return { action, allowed: why === undefined, why: why ?? "" };
  });
}

function hindrance(who: Principal, proposal: Proposal, answer: LawAnswer, action: Action): string | undefined {
  if (action === "roll-back") {
    if (isAfterMerge(proposal.state)) return undefined;
    return `only what was merged can be taken back, and the proposal is ${proposal.state}`;
  }
  const impossible = canHappen(proposal, action);
  if (impossible !== undefined) return impossible.message;
  if (action === "edit" && proposal.delivery?.isTakenOver === true) {
    return "people's own commits stand on its branch; change the text there";
  }
  if (action !== "approve") return undefined;
  return approvalRefused(proposal, personOf(who), lawForApproval(answer, who))?.message;
}

export function forbidden(verb: Verb, { cluster, namespace }: Pick<Proposal, "cluster" | "namespace">): DeskFailure {
  const message = `you may not ${verb} proposals of \`${cluster}/${namespace}\`; ask who administers it for the permission`;
  return { kind: "forbidden", code: "proposal_forbidden", message };
}
