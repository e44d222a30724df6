import { printable } from "../../core/quoted.ts";
import type { ProposalDetail, ProposalSummary } from "../wire/proposals.ts";
import type { SlackMessage } from "./slack-api.ts";

/** What a button carries back: the proposal, its version, and the text that was looked at. */
export interface ButtonValue {
  readonly id: string;
  readonly revision: number;
}

/** Text of others in Slack's markup: nothing of it becomes a link, a mention or a format that hides something. */
export function slackText(text: string, most = 300): string {
  const line = printable(text.replaceAll(/\s+/g, " ").trim());
  const short = line.length > most ? `${line.slice(0, most)}…` : line;
  return short
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[*_~`]/g, (mark) => `${mark}\u200B`);
}

export function proposalUrl(publicUrl: URL, id: string): string {
  return new URL(`/proposals/${encodeURIComponent(id)}`, publicUrl).href;
}

/** Facts of an audit record of a decision, as the log holds them. */
export interface ToldDecision {
  readonly id: string;
  readonly number: number | undefined;
  readonly title: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly risk: string;
  readonly revision: number;
  readonly to: string;
  readonly action: string;
  readonly by: string;
  readonly comment: string;
}

const verbs: Readonly<Record<string, string>> = {
  submit: "asks for a review of",
  approve: "approved",
  "request-changes": "asks for changes of",
  reject: "rejected",
  withdraw: "withdrew",
  "open-pull-request": "opened the pull request of",
  merge: "merged",
  "roll-back": "takes back",
  stop: "stopped",
};

/** One decision, with buttons while it waits for one. */
export function decisionMessage(told: ToldDecision, publicUrl: URL, hasButtons: boolean): SlackMessage {
  const { by, action, comment, to, id, revision, risk } = told;
  const what = verbs[action] ?? `did “${slackText(action, 40)}” with`;
  const name = `#${told.number ?? "?"} ${slackText(told.title, 150)}`;
  const where = `${slackText(told.cluster, 80)}/${slackText(told.namespace, 63)}`;
  const sentence = `${slackText(by, 80)} ${what} <${proposalUrl(publicUrl, id)}|${name}>`;
  const facts = `\`${where}\` · risk ${slackText(risk, 20)} · now ${slackText(to, 40)}`;
  const said = comment === "" ? [] : [section(`> ${slackText(comment, 500)}`)];
  const buttons = hasButtons && to === "pending-review" ? [decisionButtons({ id, revision })] : [];
  return {
    text: `${slackText(by, 80)} ${what} ${name} (${where})`,
    blocks: [section(sentence), ...said, { type: "context", elements: [{ type: "mrkdwn", text: facts }] }, ...buttons],
  };
}

export function alertMessage(text: string, link: string | undefined): SlackMessage {
  const words = `:warning: ${slackText(text, 600)}`;
  return { text: words, blocks: [section(link === undefined ? words : `${words} <${link}|Show>`)] };
}

/** One proposal in full words, for `/postern show`. */
export function proposalMessage(proposal: ProposalDetail, publicUrl: URL, hasButtons: boolean): SlackMessage {
  const { id, number, title, cluster, namespace, state, risk, author, revision } = proposal;
  const name = `#${number} ${slackText(title, 150)}`;
  const readiness = proposal.readinessDay === null ? "not known" : `${(proposal.readinessDay * 100).toFixed(1)} %`;
  const lines = [
    `*<${proposalUrl(publicUrl, id)}|${name}>* by ${slackText(author.name, 80)}`,
    `\`${slackText(cluster, 80)}/${slackText(namespace, 63)}\` · ${slackText(state, 40)} · risk ${risk} · ready for a day: ${readiness}`,
    `Of recorded connections ${proposal.newlyDenied} would be denied anew and ${proposal.newlyAllowed} allowed anew; ${
      proposal.lawBreaches === 0 ? "no law is broken" : `${proposal.lawBreaches} clauses of the law are broken`
    }. ${proposal.approvals} of ${proposal.approvalsNeeded} approvals.`,
  ];
  const buttons = hasButtons && state === "pending-review" ? [decisionButtons({ id, revision })] : [];
  return { text: name, blocks: [section(lines.join("\n")), ...buttons], isPrivate: true };
}

export function listMessage(proposals: readonly ProposalSummary[], total: number, publicUrl: URL): SlackMessage {
  const lines = proposals.map(({ id, number, title, cluster, namespace, risk, approvals, approvalsNeeded }) => {
    const where = `\`${slackText(cluster, 80)}/${slackText(namespace, 63)}\``;
    return `• <${proposalUrl(publicUrl, id)}|#${number} ${slackText(title, 100)}> ${where}, risk ${risk}, ${approvals}/${approvalsNeeded} approvals`;
  });
  if (lines.length === 0) return plain("Nothing waits for a review that you may see.");
  const more = total > proposals.length ? `\n… and ${total - proposals.length} more` : "";
  const text = `${total} waiting for a review`;
  return { text, blocks: [section(`*${text}*\n${lines.join("\n")}${more}`)], isPrivate: true };
}

export function plain(text: string): SlackMessage {
  return { text, isPrivate: true };
}

/** The form that asks why. */
export function commentForm(action: "request-changes" | "reject", value: ButtonValue, responseUrl: string): unknown {
  const title = action === "reject" ? "Reject" : "Request changes";
  return {
    type: "modal",
    callback_id: "decide",
    private_metadata: JSON.stringify({ action, ...value, responseUrl }),
    title: { type: "plain_text", text: title },
    submit: { type: "plain_text", text: title },
    close: { type: "plain_text", text: "Cancel" },
    blocks: [
      {
        type: "input",
        block_id: "comment",
        label: { type: "plain_text", text: "Why, for the author and the audit log" },
        element: { type: "plain_text_input", action_id: "text", multiline: true, max_length: 3000 },
      },
    ],
  };
}

function decisionButtons(value: ButtonValue): unknown {
  const own = JSON.stringify(value);
  const text = (words: string): object => ({ type: "plain_text", text: words });
  return {
    type: "actions",
    block_id: "decide",
    elements: [
      {
        type: "button",
        action_id: "approve",
        style: "primary",
        text: text("Approve"),
        value: own,
        confirm: {
          title: text("Approve?"),
          text: text("Your approval is recorded in the audit log. With the last one needed, the pull request opens."),
          confirm: text("Approve"),
          deny: text("Cancel"),
        },
      },
      { type: "button", action_id: "request-changes", text: text("Request changes"), value: own },
      { type: "button", action_id: "reject", style: "danger", text: text("Reject"), value: own },
    ],
  };
}

function section(text: string): object {
  return { type: "section", text: { type: "mrkdwn", text: text.slice(0, 3_000) } };
}
