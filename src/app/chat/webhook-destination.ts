import { createHmac } from "node:crypto";
import type { WebhookSettings } from "./chat-settings.ts";
import { type Destination, isAbout } from "./follow-audit.ts";
import type { WebhookPost } from "./slack-api.ts";

/**
 * A program that is told, signed as Standard Webhooks has it: `webhook-signature: v1,<base64 of HMAC-SHA256 over "<id>.<timestamp>.<body>">`.
 * The id is the record's number in the log: whoever is told twice can know it.
 * @see https://www.standardwebhooks.com
 */
export function webhookDestination(
  { name, url, kinds, namespaces }: WebhookSettings,
  secret: () => Promise<string>,
  poster: WebhookPost,
  nowMs: () => number,
): Destination {
  return {
    name: `webhook/${name}`,
    wants: (record) => isAbout(record, kinds, namespaces),
    tell: async (record, signal) => {
      const { sequence, atMs, kind, subject, actor, payload, leafHash } = record;
      const body = JSON.stringify({
        type: kind,
        timestamp: new Date(atMs).toISOString(),
        data: { sequence, subject, actor, payload, leafHash },
      });
      const id = `postern_${sequence}`;
      const timestamp = String(Math.floor(nowMs() / 1000));
      const headers = {
        "content-type": "application/json",
        "user-agent": "postern",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signWebhook(await secret(), id, timestamp, body)}`,
      };
      return poster.post(url, headers, body, signal);
    },
  };
}

export function signWebhook(secret: string, id: string, timestamp: string, body: string): string {
  return createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
}
