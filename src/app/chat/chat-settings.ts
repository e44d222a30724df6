import type { Principal } from "../access/principal.ts";

/** Secrets are names of files. */
export interface ChatSettings {
  readonly slack: SlackSettings | undefined;
  readonly webhooks: readonly WebhookSettings[];
}

export interface SlackSettings {
  readonly signingSecretFile: string;
  /** `xoxb-…`: messages with buttons, forms for comments. Undefined: an incoming webhook tells, and nothing can be pressed. */
  readonly botTokenFile: string | undefined;
  /** Of `chat.postMessage`: `C0123…`. */
  readonly channel: string | undefined;
  /** File with the address of an incoming webhook, which is a secret. */
  readonly incomingWebhookFile: string | undefined;
  /** The only workspace that is listened to: `T0123…`. */
  readonly team: string;
  /** `cluster/namespace` patterns of what is told; empty: everything. */
  readonly namespaces: readonly string[];
  /** Who Slack's users are, beside those who linked themselves. */
  readonly people: readonly (Principal & { readonly slackUser: string })[];
  /** Where Slack's API is; for tests. */
  readonly api: string;
}

export interface WebhookSettings {
  /** Of the job; stable. */
  readonly name: string;
  readonly url: string;
  readonly secretFile: string;
  /** Kinds of audit records with `*`: `proposal.*`. */
  readonly kinds: readonly string[];
  readonly namespaces: readonly string[];
}
