import type { AuditRecord } from "../audit/audit-log.ts";
import type { SlackSettings } from "./chat-settings.ts";
import { type Destination, isAbout } from "./follow-audit.ts";
import type { SlackApi, SlackMessage } from "./slack-api.ts";
import { alertMessage, decisionMessage, proposalUrl } from "./slack-messages.ts";

/** What people want to hear in a channel: not every step of a proposal is news. */
const told: ReadonlySet<string> = new Set([
  "proposal.submit",
  "proposal.approve",
  "proposal.request-changes",
  "proposal.reject",
  "proposal.withdraw",
  "proposal.open-pull-request",
  "proposal.merge",
  "proposal.roll-back",
  "proposal.stop",
  "alert",
]);

export function slackDestination(
  { namespaces }: Pick<SlackSettings, "namespaces">,
  api: SlackApi,
  publicUrl: URL,
): Destination {
  return {
    name: "slack",
    wants: (record) =>
      (told.has(record.kind) || isNewForReview(record)) && isAbout(record, ["proposal.*", "alert"], namespaces),
    tell: (record, signal) => api.post(messageOf(record, publicUrl, api.hasForms), signal),
  };
}

/** Whatever was done: it waits for a review now, and did not before. */
function isNewForReview({ payload }: AuditRecord): boolean {
  return payload.to === "pending-review" && payload.from !== "pending-review";
}

function messageOf(record: AuditRecord, publicUrl: URL, hasButtons: boolean): SlackMessage {
  const { kind, subject, actor, payload } = record;
  const id = /^proposal\/(.+)$/.exec(subject)?.[1] ?? "";
  const text = (key: string): string => (typeof payload[key] === "string" ? payload[key] : "");
  const number = (key: string): number | undefined => (typeof payload[key] === "number" ? payload[key] : undefined);
  if (kind === "alert") return alertMessage(text("message"), id === "" ? undefined : proposalUrl(publicUrl, id));
  return decisionMessage(
    {
      id,
      number: number("number"),
      title: text("title"),
      cluster: text("cluster"),
      namespace: text("namespace"),
      risk: text("risk"),
      revision: number("revision") ?? 0,
      to: text("to"),
      action: kind.replace(/^proposal\./, ""),
      by: actor.name,
      comment: text("comment"),
    },
    publicUrl,
    hasButtons,
  );
}
