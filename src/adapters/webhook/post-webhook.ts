import type { WebhookPost } from "../../app/chat/slack-api.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok } from "../../core/result.ts";

const patienceMs = 10_000;

/** Any 2xx is taken; 410 says that nobody wants it any more; the rest is tried again. */
export const postWebhook: WebhookPost = {
  post: async (url, headers, body, signal) => {
    const { host } = new URL(url);
    try {
      const response = await fetch(url, {
        method: "POST",
        redirect: "error",
        headers,
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      });
      // What it says is not needed; unread it would hold the connection.
      await response.body?.cancel();
      if (response.ok) return ok(undefined);
      const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
      return fail({
        code: "chat_webhook",
        message: `${quoted(host)} answered ${response.status}`,
        isFinal: response.status === 410,
        afterMs: Number.isFinite(seconds) ? Math.min(3_600_000, seconds * 1000) : undefined,
      });
    } catch (error) {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      return fail({
        code: "chat_webhook",
        message: `${quoted(host)} cannot be reached: ${quoted(why)}`,
        isFinal: false,
      });
    }
  },
};
