import { approvalsOf } from "../../pipeline/propose/approvals.ts";
import { countsFor } from "../../pipeline/propose/law/approvals.ts";
import type { LawForApproval } from "../../pipeline/propose/proposal-event.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { riskWithLaw } from "../../pipeline/propose/risk.ts";
import type { Principal } from "../access/principal.ts";
import type { LawAnswer, LawInput } from "../law/law-judge.ts";
import type { Dossier } from "../wire/dossier.ts";

type Judged = Pick<
  Proposal,
  | "cluster"
  | "namespace"
  | "kind"
  | "policyName"
  | "manifest"
  | "baseManifest"
  | "origin"
  | "author"
  | "editors"
  | "justification"
  | "ticket"
  | "labels"
  | "expiresAtMs"
  | "decisions"
  | "revision"
>;

/** A proposal as the law looks at it. */
export function lawInputOf(proposal: Judged, dossier: Dossier | undefined, nowMs: number): LawInput {
  const { cluster, namespace, kind, policyName, manifest, baseManifest, origin, author, editors } = proposal;
  const { justification, ticket, labels, expiresAtMs } = proposal;
  return {
    cluster,
    namespace,
    kind,
    policyName,
    manifest,
    baseManifest,
    dossier,
    origin,
    author,
    editors,
    approvers: approvalsOf(proposal).map(({ by }) => by),
    justification,
    ticket,
    labels,
    expiresAtMs,
    nowMs,
  };
}

/** What the law says of this person's approving it. */
export function lawForApproval(answer: LawAnswer, who: Principal): LawForApproval {
  const { approvers, approvals, approvalsNeeded, mayEditorsApprove, mayAutomate } = answer;
  return {
    forbids: answer.verdicts
      .filter(({ effect }) => effect === "forbids")
      .map(({ clause, law }) => `${clause} of ${law}`),
    approvalsNeeded,
    requirements: approvals,
    countsFor: countsFor(who, approvals),
    isApprover:
      approvers === undefined ||
      approvers.subjects.includes(who.subject) ||
      approvers.groups.some((group) => who.groups.includes(group)),
    mayEditorsApprove,
    mayAutomate,
  };
}

export function breachesOf({ verdicts }: LawAnswer): number {
  return verdicts.filter(({ effect }) => effect === "forbids").length;
}

/** A dossier whose risk counts what the law says. */
export function weighedByLaw(dossier: Dossier, answer: LawAnswer): Dossier {
  const breaches = breachesOf(answer);
  const risk = riskWithLaw(dossier.risk, breaches, answer.verdicts.length - breaches);
  return { ...dossier, risk: { ...risk, reasons: [...risk.reasons] } };
}
