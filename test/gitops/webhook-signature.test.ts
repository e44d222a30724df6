import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { isSignedBy, type WebhookHeaders } from "../../src/app/gitops/webhook-received.ts";

const nowMs = Date.UTC(2026, 0, 1);
const body = Buffer.from('{"action":"closed"}');
const hex = (secret: string, text: string | Buffer = body): string =>
  createHmac("sha256", secret).update(text).digest("hex");
const key = Buffer.alloc(32, 7);
const signing = `whsec_${key.toString("base64")}`;
const standard = (atMs: number, id = "msg_1", of = key): WebhookHeaders => {
  const at = String(Math.floor(atMs / 1000));
  const signature = createHmac("sha256", of).update(`${id}.${at}.`).update(body).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": `v1,AAAA v1,${signature}` };
};

test.each<[string, "github" | "gitlab" | "gitea" | "plain", string, WebhookHeaders, boolean]>([
  // The example of GitHub's own documentation is a body and a secret of its own; see below.
  ["GitHub's own signature", "github", "s", { "x-hub-signature-256": `sha256=${hex("s")}` }, true],
  ["GitHub's with another secret", "github", "s", { "x-hub-signature-256": `sha256=${hex("t")}` }, false],
  ["GitHub's of another body", "github", "s", { "x-hub-signature-256": `sha256=${hex("s", "{}")}` }, false],
  ["GitHub's old kind", "github", "s", { "x-hub-signature": "sha1=0" }, false],
  ["GitHub without", "github", "s", {}, false],
  ["Gitea's", "gitea", "s", { "x-gitea-signature": hex("s") }, true],
  ["Forgejo's", "gitea", "s", { "x-forgejo-signature": hex("s") }, true],
  ["Gitea's with another secret", "gitea", "s", { "x-gitea-signature": hex("t") }, false],
  ["GitLab's token", "gitlab", "s", { "x-gitlab-token": "s" }, true],
  ["GitLab's wrong token", "gitlab", "s", { "x-gitlab-token": "S" }, false],
  ["GitLab's empty token", "gitlab", "s", { "x-gitlab-token": "" }, false],
  ["GitLab's signature", "gitlab", signing, standard(nowMs), true],
  ["GitLab's signature, replayed later", "gitlab", signing, standard(nowMs - 600_000), false],
  ["GitLab's signature from the future", "gitlab", signing, standard(nowMs + 600_000), false],
  ["GitLab's signature of another key", "gitlab", signing, standard(nowMs, "msg_1", Buffer.alloc(32, 8)), false],
  ["GitLab's token where a signature is wanted", "gitlab", signing, { "x-gitlab-token": signing }, false],
  ["plain Git", "plain", "s", { "x-hub-signature-256": `sha256=${hex("s")}` }, false],
])("%s", (_, kind, secret, headers, expected) => {
  expect(isSignedBy(kind, headers, body, secret, nowMs)).toBe(expected);
});

test("the example that GitHub documents", () => {
  const headers = { "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" };
  expect(isSignedBy("github", headers, Buffer.from("Hello, World!"), "It's a Secret to Everybody", nowMs)).toBe(true);
});
