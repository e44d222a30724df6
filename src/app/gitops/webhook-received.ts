import { createHmac, timingSafeEqual } from "node:crypto";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { HostKind } from "./code-host.ts";
import { type DeliveryParts, proposalIdIn } from "./delivery-parts.ts";
import { type WatchPullRequest, watchPullRequestKind } from "./delivery-queue.ts";

/** What a surface answers: HTTP 400, 401 and 404. */
export interface WebhookFailure extends Failure {
  readonly status: 400 | 401 | 404;
}

export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Standard Webhooks: what is older than this is a replay. */
const longestAgeMs = 300_000;
const mostJsonBytes = 5 * 2 ** 20;

/**
 * A host says that something happened. Who says so is proven first; what it says is only a hint where to look: the state itself is asked
 * of the host, so a message that is repeated, late or made up with a stolen secret changes nothing by itself.
 * @param body as it came, byte by byte
 * @returns whether it is about a pull request of Postern's
 */
export async function webhookReceived(
  parts: DeliveryParts,
  repositoryName: string,
  headers: WebhookHeaders,
  body: Uint8Array,
): Promise<Result<"noted" | "ignored", WebhookFailure>> {
  const repository = parts.repositories.byName(repositoryName);
  const secret = await repository?.webhookSecret?.();
  // Whoever guesses names learns nothing from the answer.
  if (repository === undefined || secret === undefined || secret === "") {
    return fail({ status: 404, code: "webhook_unknown", message: `no webhook is taken for ${quoted(repositoryName)}` });
  }
  const nowMs = parts.place.nowMs();
  if (!isSignedBy(repository.host.kind, headers, body, secret, nowMs)) {
    const message = "the signature does not fit the message: check that both sides have the same secret";
    return fail({ status: 401, code: "webhook_signature", message });
  }
  const event = readEvent(body);
  if (event === undefined) return fail({ status: 400, code: "webhook_body", message: "the message is no JSON object" });
  const about = pullRequestIn(repository.host.kind, event);
  if (about === undefined) return ok("ignored");
  const id = about.branch === undefined ? undefined : proposalIdIn(about.branch);
  if (about.branch !== undefined && id === undefined) return ok("ignored");
  const payload: WatchPullRequest =
    id === undefined ? { repository: repositoryName, pullRequest: about.number } : { proposal: id };
  const key = id ?? `${repositoryName}/${about.number}`;
  await parts.place.decisions.change(async ({ jobs }) =>
    jobs.put({ kind: watchPullRequestKind, key, payload, runAtMs: nowMs }),
  );
  return ok("noted");
}

/** GitHub, Gitea and Forgejo sign the body; GitLab sends a secret, or signs as Standard Webhooks do where a signing token is set. */
export function isSignedBy(
  kind: HostKind,
  headers: WebhookHeaders,
  body: Uint8Array,
  secret: string,
  nowMs: number,
): boolean {
  switch (kind) {
    case "github":
      return isSame(headerOf(headers, "x-hub-signature-256"), `sha256=${hmac(secret, body).toString("hex")}`);
    case "gitea": {
      const expected = hmac(secret, body).toString("hex");
      const said = headerOf(headers, "x-forgejo-signature") ?? headerOf(headers, "x-gitea-signature");
      return isSame(said, expected);
    }
    case "gitlab":
      return secret.startsWith("whsec_")
        ? isStandardSignature(headers, body, secret, nowMs)
        : isSame(headerOf(headers, "x-gitlab-token"), secret);
    case "plain":
      return false;
    default:
      return kind satisfies never;
  }
}

function isStandardSignature(headers: WebhookHeaders, body: Uint8Array, secret: string, nowMs: number): boolean {
  const [id, at, said] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    headerOf(headers, name),
  );
  if (id === undefined || at === undefined || said === undefined || !/^\d{1,12}$/.test(at)) return false;
  if (Math.abs(nowMs - Number(at) * 1000) > longestAgeMs) return false;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  if (key.length === 0) return false;
  const expected = hmac(key, Buffer.concat([Buffer.from(`${id}.${at}.`), body])).toString("base64");
  // Several while a secret is exchanged.
  return said
    .split(" ")
    .slice(0, 10)
    .some((one) => isSame(one, `v1,${expected}`));
}

function hmac(secret: string | Buffer, body: Uint8Array): Buffer {
  return createHmac("sha256", secret).update(body).digest();
}

/** In a time that tells nothing of where they differ. */
function isSame(said: string | undefined, expected: string): boolean {
  if (said === undefined) return false;
  const [a, b] = [said, expected].map((text) => createHmac("sha256", "postern").update(text).digest());
  return timingSafeEqual(a!, b!);
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

type Json = Readonly<Record<string, unknown>>;

function readEvent(body: Uint8Array): Json | undefined {
  if (body.length > mostJsonBytes) return undefined;
  try {
    const event: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return asObject(event);
  } catch {
    return undefined;
  }
}

interface About {
  /** As the host numbers it. */
  readonly number: string;
  /** Where the event says it. */
  readonly branch: string | undefined;
}

function pullRequestIn(kind: HostKind, event: Json): About | undefined {
  if (kind === "gitlab") {
    const own =
      asObject(event.merge_request) ??
      (event.object_kind === "merge_request" ? asObject(event.object_attributes) : undefined);
    return aboutOf(own?.iid, own?.source_branch);
  }
  const pull = asObject(event.pull_request);
  if (pull !== undefined) {
    const head = asObject(pull.head);
    // Gitea, of a branch that is gone.
    const isGone = typeof head?.ref === "string" && head.ref.startsWith("refs/pull/");
    return aboutOf(pull.number ?? event.number, isGone ? head.label : head?.ref);
  }
  const issue = asObject(event.issue);
  // A comment of an issue that is a pull request.
  return asObject(issue?.pull_request) === undefined ? undefined : aboutOf(issue?.number, undefined);
}

function aboutOf(number: unknown, branch: unknown): About | undefined {
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 1) return undefined;
  return { number: String(number), branch: typeof branch === "string" ? branch : undefined };
}

function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
