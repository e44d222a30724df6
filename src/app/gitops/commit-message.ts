import { isRemoval } from "../../pipeline/propose/proposal-text.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { inertLine } from "./markdown.ts";

const longestSubject = 72;
const trailer = "Postern-Proposal";

/** Subject, reason and trailers; the same for the same revision. */
export function commitMessage(proposal: Proposal): string {
  const { id, number, revision, dossierDigest, title, justification, ticket, decisions } = proposal;
  const words = inertLine(title) || `${isRemoval(proposal) ? "remove" : "change"} ${proposal.policyName}`;
  const prefix = `egress(${inertLine(proposal.namespace) || "cluster"}): `;
  const subject = `${prefix}${words}`.slice(0, longestSubject).trimEnd();
  const why = justification
    .split(/\r\n|[\n\r]/)
    // A line that git or a host would take for a trailer or a comment of ours stays text.
    .map((part) => inertLine(part).replace(/^(?=[\w-]+: )/, "  "))
    .join("\n")
    .replace(/^\n+/, "")
    .trimEnd();
  const approvers = decisions.filter((decision) => decision.action === "approve" && decision.revision === revision);
  const trailers = [
    `${trailer}: ${id}`,
    `Postern-Number: ${number}`,
    `Postern-Revision: ${revision}`,
    `Postern-Evidence: ${dossierDigest}`,
    ...(ticket === "" ? [] : [`Ticket: ${inertLine(ticket)}`]),
    ...approvers.map(({ by }) => `Approved-by: ${inertLine(by.name)} (${inertLine(by.subject)})`),
  ];
  return `${[subject, why.slice(0, 4_000), [...new Set(trailers)].join("\n")].filter((part) => part !== "").join("\n\n")}\n`;
}

/** Whether a commit says that it was made for this proposal. */
export function isCommitFor(message: string, id: string): boolean {
  return message.split("\n").includes(`${trailer}: ${id}`);
}
