import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { SlackSignatures } from "./slack-signature.ts";

const secret = "8f742231b10e8888abcd99yyyzzz85a5";
const nowMs = 1_531_420_618_000;
const timestamp = "1531420618";
// The example of Slack's own documentation.
const body =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
  "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
  "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const documented = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const signed = (text: string, at = timestamp): string =>
  `v0=${createHmac("sha256", secret).update(`v0:${at}:${text}`).digest("hex")}`;

const headers = (signature: string, at = timestamp): Readonly<Record<string, string>> => ({
  "x-slack-request-timestamp": at,
  "x-slack-signature": signature,
});

test("Slack's own example is Slack's", () => {
  expect(new SlackSignatures(() => nowMs).check(headers(documented), body, secret).ok).toBe(true);
});

test.each([
  ["without headers", {}, body],
  ["with another body", headers(documented), `${body}&x=1`],
  ["with another secret's signature", headers(signed(body).replace(/.$/, "x")), body],
  ["with another time than was signed", headers(documented, "1531420619"), body],
  ["with a time that is no number", headers(documented, "1531420618 "), body],
  ["with a signature that is too short", headers("v0=a2114d57"), body],
  ["with a signature of another version", headers(documented.replace("v0", "v1")), body],
  ["from more than five minutes ago", headers(signed(body, "1531420317"), "1531420317"), body],
  ["from more than five minutes ahead", headers(signed(body, "1531420919"), "1531420919"), body],
])("a request %s is refused", (_, given, text) => {
  const answer = new SlackSignatures(() => nowMs).check(given, text, secret);
  expect(answer).toMatchObject({ ok: false, error: { code: "chat_signature", status: 401 } });
});

test("what came before is refused, and forgotten only when its signature is too old anyway", () => {
  let now = nowMs;
  const signatures = new SlackSignatures(() => now);
  expect(signatures.check(headers(documented), body, secret).ok).toBe(true);
  now += 299_000;
  expect(signatures.check(headers(documented), body, secret)).toMatchObject({
    error: { message: "this request came before" },
  });
  now += 2_000;
  expect(signatures.check(headers(documented), body, secret)).toMatchObject({
    error: { message: expect.stringContaining("older than five minutes") as string },
  });
});
