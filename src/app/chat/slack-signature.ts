import { createHmac, timingSafeEqual } from "node:crypto";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";

const windowMs = 5 * 60_000;
const mostRemembered = 20_000;

/**
 * Slack's `v0` signatures: HMAC-SHA256 over `v0:<timestamp>:<body>`, good for five minutes, and here once only: what was
 * recorded on its way does nothing again.
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export class SlackSignatures {
  readonly #nowMs: () => number;
  readonly #seen = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  check(
    headers: Readonly<Record<string, string | undefined>>,
    body: string,
    secret: string,
  ): Result<void, Failure & { readonly status: 401 }> {
    const { "x-slack-request-timestamp": timestamp = "", "x-slack-signature": signature = "" } = headers;
    const refuse = (message: string): Result<never, Failure & { readonly status: 401 }> =>
      fail({ code: "chat_signature", message, status: 401 });
    if (!/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) {
      return refuse("this request has no signature of Slack's");
    }
    if (Math.abs(this.#nowMs() - Number(timestamp) * 1000) > windowMs) {
      return refuse("the signature is older than five minutes; compare this server's clock with Slack's");
    }
    const made = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
    if (!timingSafeEqual(Buffer.from(made), Buffer.from(signature))) {
      return refuse("the signature is not of this workspace's app; check `signingSecretFile`");
    }
    return this.#isNew(signature) ? ok(undefined) : refuse("this request came before");
  }

  #isNew(signature: string): boolean {
    const nowMs = this.#nowMs();
    for (const [old, atMs] of this.#seen) {
      if (nowMs - atMs <= 2 * windowMs && this.#seen.size < mostRemembered) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(signature)) return false;
    this.#seen.set(signature, nowMs);
    return true;
  }
}
