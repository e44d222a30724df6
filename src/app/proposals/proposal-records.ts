import type { Decision, Proposal } from "../../pipeline/propose/proposal.ts";
import type { AuditEntry } from "../audit/audit-log.ts";
import { textDigest } from "./text-digest.ts";

/** The audit log's record of a decision: what was decided, by whom, of which text, on which evidence. */
export function decisionRecord(proposal: Proposal | Omit<Proposal, "number">, decision: Decision): AuditEntry {
  const { delivery } = proposal;
  return {
    atMs: decision.atMs,
    kind: `proposal.${decision.action}`,
    subject: `proposal/${proposal.id}`,
    actor: decision.by,
    payload: {
      ...placeOf(proposal),
      ...("number" in proposal ? { number: proposal.number } : {}),
      title: proposal.title,
      from: decision.from,
      to: decision.to,
      revision: decision.revision,
      comment: decision.comment,
      manifestDigest: textDigest(proposal.manifest),
      dossierDigest: proposal.dossierDigest,
      baseDigest: proposal.baseDigest,
      risk: proposal.risk,
      lawBreaches: proposal.lawBreaches,
      ...(decision.countsFor === undefined ? {} : { countsFor: decision.countsFor }),
      ...(delivery === undefined
        ? {}
        : {
            repository: delivery.repository,
            branch: delivery.branch,
            commit: delivery.commit,
            mergeCommit: delivery.mergeCommit,
            pullRequest: delivery.pullRequest?.id,
          }),
      supersededBy: proposal.supersededBy,
      reverts: proposal.reverts,
    },
  };
}

/** That something could not be done or went wrong, and people should look. */
export function alertRecord(proposal: Proposal, atMs: number, message: string, more: object = {}): AuditEntry {
  return {
    atMs,
    kind: "alert",
    subject: `proposal/${proposal.id}`,
    actor: { subject: "postern", name: "Postern" },
    payload: { ...placeOf(proposal), number: proposal.number, message, ...more },
  };
}

export function placeOf(proposal: Pick<Proposal, "cluster" | "namespace" | "kind" | "policyName">): object {
  const { cluster, namespace, kind, policyName } = proposal;
  return { cluster, namespace, kind, policyName };
}
