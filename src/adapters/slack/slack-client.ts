import { z } from "zod";
import type { SlackSettings } from "../../app/chat/chat-settings.ts";
import type { SlackApi, SlackMessage, TellFailure } from "../../app/chat/slack-api.ts";
import { readSecret } from "../../app/live/credentials.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

const patienceMs = 10_000;
const longestAnswer = 64 << 10;
/** Of the message itself: the same again is refused again. */
const finalErrors: ReadonlySet<string> = new Set(["invalid_blocks", "msg_too_long", "no_text", "invalid_arguments"]);
const answerShape = z.object({ ok: z.boolean(), error: z.string().max(200).optional() });

export function slackClient(settings: SlackSettings): SlackApi {
  const { botTokenFile, channel, incomingWebhookFile } = settings;
  const api = new URL(settings.api);
  const hooks = api.hostname === "slack.com" ? "https://hooks.slack.com" : api.origin;

  async function call(method: string, body: object, signal: AbortSignal): Promise<Result<void, TellFailure>> {
    const token = await readSecret(botTokenFile!, "botTokenFile");
    const headers = { authorization: `Bearer ${token}` };
    const sent = await send(new URL(`/api/${method}`, api), headers, body, signal);
    if (!sent.ok) return sent;
    const answer = answerShape.safeParse(jsonOf(sent.value)).data;
    if (answer?.ok === true) return ok(undefined);
    const error = answer?.error ?? "no answer that can be understood";
    const message = `Slack refused ${method}: ${quoted(error)}${hintOf(error)}`;
    return fail({ code: "chat_slack", message, isFinal: finalErrors.has(error) });
  }

  return {
    hasForms: botTokenFile !== undefined,
    post: async (message, signal) => {
      const own = { ...withoutPrivacy(message), unfurl_links: false, unfurl_media: false };
      if (botTokenFile !== undefined) return call("chat.postMessage", { channel, ...own }, signal);
      const address = await readSecret(incomingWebhookFile!, "incomingWebhookFile");
      const sent = await send(new URL(address), {}, own, signal);
      return sent.ok ? ok(undefined) : sent;
    },
    respond: async (responseUrl, message, signal) => {
      // It comes with a signed request, and is a place of Slack's all the same or nothing.
      const url = URL.parse(responseUrl);
      if (url === null || url.origin !== hooks) {
        return fail({ code: "chat_slack", message: "Slack gave no address to answer to", isFinal: true });
      }
      const own = { ...withoutPrivacy(message), response_type: "ephemeral", replace_original: false };
      const sent = await send(url, {}, own, signal);
      return sent.ok ? ok(undefined) : sent;
    },
    openForm: (triggerId, view, signal) => {
      if (botTokenFile !== undefined) return call("views.open", { trigger_id: triggerId, view }, signal);
      const message = "forms need a bot's token: set `botTokenFile`";
      return Promise.resolve(fail({ code: "chat_slack", message, isFinal: true }));
    },
  };
}

async function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: object,
  signal: AbortSignal,
): Promise<Result<string, TellFailure>> {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "error",
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    const text = (await response.text()).slice(0, longestAnswer);
    if (response.ok) return ok(text);
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    return fail({
      code: "chat_slack",
      message: `Slack answered ${response.status}: ${quoted(text.slice(0, 200))}`,
      isFinal: response.status === 404 || response.status === 410,
      afterMs: Number.isFinite(seconds) ? Math.min(3_600_000, seconds * 1000) : undefined,
    });
  } catch (error) {
    // The address of an incoming webhook is a secret: only what went wrong is said.
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    return fail({ code: "chat_slack", message: `Slack cannot be reached: ${quoted(why)}`, isFinal: false });
  }
}

function withoutPrivacy({ text, blocks }: SlackMessage): object {
  return { text, ...(blocks === undefined ? {} : { blocks }) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hintOf(error: string): string {
  if (error === "not_in_channel" || error === "channel_not_found") return "; invite the app to `channel`";
  if (error === "missing_scope") return "; the app needs `chat:write` and `commands`";
  return error.includes("auth") || error.includes("token") ? "; check `botTokenFile`" : "";
}
