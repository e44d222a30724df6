import { fail, ok, type Result } from "../../core/result.ts";
import type { Principal } from "../access/principal.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import type { ProposalDesk } from "../desk/desk.ts";
import type { Failure } from "../failure.ts";
import type { ProposalAction, ProposalDetail } from "../wire/proposals.ts";
import type { SlackApi, SlackMessage } from "./slack-api.ts";
import { commentForm, listMessage, plain, proposalMessage, slackText } from "./slack-messages.ts";
import type { SlackPeople } from "./slack-people.ts";
import { command, interaction, type Interaction, readButton, readFormMetadata, readJson } from "./slack-requests.ts";
import type { SlackSignatures } from "./slack-signature.ts";

export interface SlackParts {
  readonly proposals: ProposalDesk;
  readonly people: SlackPeople;
  readonly signatures: SlackSignatures;
  readonly api: SlackApi;
  readonly team: string;
  /** Read at each request, so that a renewed secret holds. Rejects when its file cannot be read. */
  readonly signingSecret: () => Promise<string>;
  readonly publicUrl: URL;
  readonly onTrouble: (failure: Failure) => void;
}

type Received = Result<unknown, Failure & { readonly status: 400 | 401 }>;
/** What Slack shows to whoever pressed or typed. */
type Shown = { readonly text: string; readonly blocks?: readonly unknown[]; readonly response_type: "ephemeral" };

const patienceMs = 10_000;
const listed = 10;
const unlinked =
  "I do not know who you are. Open Postern, choose “Link Slack” in your profile, and type `/postern link <code>` here.";
const usage = [
  "`/postern list` what waits for a review",
  "`/postern show 12` one proposal",
  "`/postern approve 12`",
  "`/postern request-changes 12 <why>`",
  "`/postern reject 12 <why>`",
  "`/postern link <code>` say who you are, with the code from your profile",
  "`/postern unlink`",
].join("\n");

/** Slack's requests. Everything that is done is done by the desk, as the person that the user of Slack is here. */
export class SlackHook {
  readonly #parts: SlackParts;
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: SlackParts) {
    this.#parts = parts;
  }

  async received(
    path: "interactive" | "command",
    headers: Readonly<Record<string, string | undefined>>,
    body: string,
  ): Promise<Received> {
    const { signatures, signingSecret, onTrouble } = this.#parts;
    const secret = await signingSecret().catch((error: unknown) => {
      onTrouble({ code: "chat_secret", message: error instanceof Error ? error.message : String(error) });
      return undefined;
    });
    if (secret === undefined) {
      return fail({ code: "chat_signature", message: "signatures cannot be looked at now", status: 401 });
    }
    const signed = signatures.check(headers, body, secret);
    if (!signed.ok) return signed;
    const form = new URLSearchParams(body);
    return path === "command" ? this.#command(form) : this.#interactive(form.get("payload") ?? "");
  }

  linkCode(who: Principal): Promise<string> {
    return this.#parts.people.codeFor(who);
  }

  /** Until what was begun is done. */
  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #command(form: URLSearchParams): Promise<Received> {
    const given = command.safeParse(Object.fromEntries(form)).data;
    if (given === undefined) return notUnderstood;
    if (given.team_id !== this.#parts.team) return otherTeam;
    const [word = "", about = "", ...rest] = given.text.trim().split(/\s+/);
    return ok(shown(await this.#answer(given.user_id, word, about, rest.join(" "))));
  }

  async #answer(slackUser: string, word: string, about: string, comment: string): Promise<SlackMessage> {
    const { people, proposals, publicUrl, api } = this.#parts;
    if (word === "link") {
      const linked = await people.link(slackUser, about);
      if (linked === undefined) return plain("This code is unknown, used or older than ten minutes; take a new one.");
      return plain(`You are ${slackText(linked.name)} now; what you do here is done by you.`);
    }
    if (word === "unlink") {
      await people.unlink(slackUser);
      return plain("I do not know who you are any more.");
    }
    const who = await people.whoIs(slackUser);
    if (who === undefined) return plain(unlinked);
    switch (word) {
      case "list": {
        const found = await proposals.list(who, { state: ["pending-review"], limit: listed });
        return found.ok ? listMessage(found.value.items, found.value.total, publicUrl) : refusal(found.error);
      }
      case "show": {
        const found = await proposals.get(who, about);
        return found.ok ? proposalMessage(found.value, publicUrl, api.hasForms) : refusal(found.error);
      }
      case "approve":
      case "request-changes":
      case "reject": {
        if (word !== "approve" && comment === "")
          return plain(`Say why: \`/postern ${word} ${slackText(about)} <why>\``);
        const found = await proposals.get(who, about);
        if (!found.ok) return refusal(found.error);
        return this.#decide(who, found.value, word, comment);
      }
      default:
        return plain(usage);
    }
  }

  async #interactive(payload: string): Promise<Received> {
    const given = readJson(payload, interaction);
    if (given === undefined) return notUnderstood;
    if (given.team.id !== this.#parts.team) return otherTeam;
    // Slack waits three seconds, and opening a form must be asked for within them.
    if (given.type === "block_actions") return this.#pressed(given);
    const about = readFormMetadata(given.view.private_metadata);
    if (given.view.callback_id !== "decide" || about === undefined) return notUnderstood;
    const comment = given.view.state.values.comment.text.value?.trim() ?? "";
    if (comment === "") return ok({ response_action: "errors", errors: { comment: "say why" } });
    this.#later(about.responseUrl, async (who) => this.#decideSeen(who, about, about.action, comment), given.user.id);
    return ok(undefined);
  }

  async #pressed(given: Extract<Interaction, { type: "block_actions" }>): Promise<Received> {
    const [{ action_id: action, value }] = given.actions as [(typeof given.actions)[number]];
    const about = readButton(value);
    if (about === undefined) return notUnderstood;
    if (action === "approve") {
      this.#later(given.response_url, async (who) => this.#decideSeen(who, about, "approve", ""), given.user.id);
      return ok(undefined);
    }
    if (action !== "reject" && action !== "request-changes") return notUnderstood;
    const form = commentForm(action, about, given.response_url);
    const opened = await this.#parts.api.openForm(given.trigger_id, form, AbortSignal.timeout(patienceMs));
    if (!opened.ok) this.#parts.onTrouble(opened.error);
    return ok(undefined);
  }

  /** What was shown with the button must still be what is there. */
  async #decideSeen(
    who: Principal,
    about: { readonly id: string; readonly revision: number },
    action: ProposalAction["action"],
    comment: string,
  ): Promise<SlackMessage> {
    const found = await this.#parts.proposals.get(who, about.id);
    if (!found.ok) return refusal(found.error);
    if (found.value.revision !== about.revision) {
      return plain("The policy was changed since this message; look at it again: `/postern show`");
    }
    return this.#decide(who, found.value, action, comment);
  }

  async #decide(
    who: Principal,
    { id, number, version, revision }: ProposalDetail,
    action: ProposalAction["action"],
    comment: string,
  ): Promise<SlackMessage> {
    const done = await this.#parts.proposals.act(who, id, { action, comment, revision }, version);
    if (!done.ok) return refusal(done.error);
    return plain(`Done: #${number} is ${slackText(done.value.state, 40)} now.`);
  }

  /** After Slack was answered; what came of it goes to where the button is. */
  #later(responseUrl: string, work: (who: Principal) => Promise<SlackMessage>, slackUser: string): void {
    const { people, api, onTrouble } = this.#parts;
    const run = async (): Promise<void> => {
      const who = await people.whoIs(slackUser);
      const message = who === undefined ? plain(unlinked) : await work(who);
      const told = await api.respond(responseUrl, message, AbortSignal.timeout(patienceMs));
      if (!told.ok) onTrouble(told.error);
    };
    const begun = run().catch((error: unknown) => {
      onTrouble({ code: "chat_failed", message: error instanceof Error ? error.message : String(error) });
    });
    this.#underWay.add(begun);
    void begun.finally(() => this.#underWay.delete(begun));
  }
}

const notUnderstood: Received = fail({
  code: "chat_request",
  message: "this is no request that Slack sends for Postern",
  status: 400,
});
const otherTeam: Received = fail({
  code: "chat_team",
  message: "this is another workspace than `team` of the configuration",
  status: 401,
});

function refusal({ message, findings = [] }: DeskFailure): SlackMessage {
  const more = findings.slice(0, 5).map((finding) => `\n• ${slackText(finding.message)}`);
  return plain(`That could not be done: ${slackText(message)}${more.join("")}`);
}

function shown({ text, blocks }: SlackMessage): Shown {
  return { response_type: "ephemeral", text, ...(blocks === undefined ? {} : { blocks }) };
}
