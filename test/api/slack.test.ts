import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { slackClient } from "../../src/adapters/slack/slack-client.ts";
import { postWebhook } from "../../src/adapters/webhook/post-webhook.ts";
import type { SlackSettings } from "../../src/app/chat/chat-settings.ts";
import { beginToTell, type Destination, type FollowParts, tellJob, tellKind } from "../../src/app/chat/follow-audit.ts";
import { slackDestination } from "../../src/app/chat/slack-destination.ts";
import { SlackHook } from "../../src/app/chat/slack-hook.ts";
import { slackText } from "../../src/app/chat/slack-messages.ts";
import { SlackPeople } from "../../src/app/chat/slack-people.ts";
import { SlackSignatures } from "../../src/app/chat/slack-signature.ts";
import { signWebhook, webhookDestination } from "../../src/app/chat/webhook-destination.ts";
import { type Answered, ApiForTest, startMs } from "./api-for-test.ts";
import { asSlack, SlackDouble } from "./slack-double.ts";

const secret = "8f742231b10e8888abcd99yyyzzz85a5";
const team = "T1";
let folder: string;
let slack: SlackDouble;
let own: ApiForTest;
let hook: SlackHook;
const troubles: string[] = [];
let settings: SlackSettings;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-slack-"));
  for (const [name, text] of Object.entries({ signing: secret, bot: "xoxb-1", webhook: "a-webhook-secret" })) {
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  slack = await SlackDouble.open();
  troubles.length = 0;
  settings = {
    signingSecretFile: join(folder, "signing"),
    botTokenFile: join(folder, "bot"),
    channel: "C1",
    incomingWebhookFile: undefined,
    team,
    namespaces: [],
    people: [
      { slackUser: "UAPPROVER", subject: "local:approver", name: "approver", groups: [], kubernetesUser: undefined },
      { slackUser: "UVIEWER", subject: "local:viewer", name: "viewer", groups: [], kubernetesUser: undefined },
    ],
    api: slack.url,
  };
  // The hook needs the desk, which the server for tests makes.
  const late = {
    received: (...given: Parameters<SlackHook["received"]>) => hook.received(...given),
    linkCode: (...given: Parameters<SlackHook["linkCode"]>) => hook.linkCode(...given),
  };
  own = await ApiForTest.open({ slack: late });
  hook = new SlackHook({
    proposals: own.desk.proposals,
    people: new SlackPeople(settings, own.state.decisions, () => own.nowMs),
    signatures: new SlackSignatures(() => own.nowMs),
    api: slackClient(settings),
    team,
    signingSecret: () => Promise.resolve(secret),
    publicUrl: new URL("https://postern.example.com"),
    onTrouble: ({ message }) => void troubles.push(message),
  });
});
afterEach(async () => {
  await hook.close();
  await own.close();
  await slack.close();
});

let nonce = 0;
const command = (user: string, text: string, more = {}): Promise<Answered> => {
  nonce += 1;
  const form = { user_id: user, team_id: team, command: "/postern", text, trigger_id: String(nonce), ...more };
  return own.send("/hooks/slack/command", asSlack(secret, form, own.nowMs));
};
const interact = async (payload: object): Promise<Answered> => {
  nonce += 1;
  const form = { payload: JSON.stringify({ team: { id: team }, trigger_id: `t${nonce}`, ...payload }) };
  const answer = await own.send("/hooks/slack/interactive", asSlack(secret, form, own.nowMs));
  await hook.close();
  return answer;
};
const press = (user: string, action: string, value: object = { id: "p-shop", revision: 1 }): Promise<Answered> =>
  interact({
    type: "block_actions",
    user: { id: user },
    response_url: `${slack.url}/actions/1`,
    actions: [{ action_id: action, value: JSON.stringify(value) }],
  });

describe("a request", () => {
  test("without Slack's signature does nothing", async () => {
    const form = { user_id: "UAPPROVER", team_id: team, text: "approve p-shop" };
    const wrong = asSlack("another secret", form, own.nowMs);
    expect(await own.send("/hooks/slack/command", wrong)).toMatchObject({
      status: 401,
      body: { code: "chat_signature" },
    });
    expect(own.desk.calls).toEqual([]);
  });

  test("that comes again does nothing again", async () => {
    const sent = asSlack(secret, { user_id: "UAPPROVER", team_id: team, text: "approve p-shop" }, own.nowMs);
    expect((await own.send("/hooks/slack/command", sent)).status).toBe(200);
    expect((await own.send("/hooks/slack/command", sent)).status).toBe(401);
    expect(own.desk.calls).toEqual(["approve"]);
  });

  test("of another workspace does nothing", async () => {
    expect(await command("UAPPROVER", "approve p-shop", { team_id: "T2" })).toMatchObject({
      status: 401,
      body: { code: "chat_team" },
    });
  });

  test.each([
    ["no JSON", "{"],
    ["another type", JSON.stringify({ type: "shortcut", user: { id: "U" }, team: { id: team } })],
    ["no user", JSON.stringify({ type: "block_actions", team: { id: team }, actions: [] })],
    ["a prototype", '{"__proto__":{"type":"block_actions"}}'],
    ["nothing", ""],
  ])("with %s is not understood", async (_, payload) => {
    const answer = await own.send("/hooks/slack/interactive", asSlack(secret, { payload }, own.nowMs + ++nonce * 1000));
    expect(answer).toMatchObject({ status: 400, body: { code: "chat_request" } });
  });

  test.each([
    ["another form", "approve", '{"id":7}'],
    ["an action that is none", "delete-everything", '{"id":"p-shop","revision":1}'],
  ])("of a button with %s is not understood", async (_, action, value) => {
    const answer = await interact({
      type: "block_actions",
      user: { id: "UAPPROVER" },
      response_url: "",
      actions: [{ action_id: action, value }],
    });
    expect([answer.status, own.desk.calls]).toEqual([400, []]);
  });
});

describe("the command", () => {
  test.each([
    ["UAPPROVER", "list", /1 waiting for a review/],
    ["UAPPROVER", "show p-shop", /Close egress/],
    ["UAPPROVER", "show p-bank", /could not be done: there is no such proposal/],
    ["UAPPROVER", "approve p-shop", /Done: #1 is pending-review now/],
    ["UVIEWER", "approve p-shop", /could not be done: you may not approve/],
    ["UAPPROVER", "reject p-shop", /Say why/],
    ["UAPPROVER", "reject p-shop too wide", /Done/],
    ["UAPPROVER", "help", /\/postern list/],
    ["UNOBODY", "list", /I do not know who you are/],
    ["UNOBODY", "link 0123456789abcdef0123", /unknown, used or older/],
  ])("%s: /postern %s", async (user, text, expected) => {
    const answer = await command(user, text);
    expect(answer.status).toBe(200);
    expect(answer.body.response_type).toBe("ephemeral");
    expect(answer.text).toMatch(expected);
  });

  test("links a user of Slack to whoever got the code, once, until it ends", async () => {
    const browser = await own.signIn("approver");
    const code = async (): Promise<string> =>
      String((await browser.send("/api/v1/session/slack-code", { method: "POST" })).body.code);
    const first = await code();
    expect((await command("UNEW", `link ${first}`)).text).toContain("You are approver now");
    expect((await command("UOTHER", `link ${first}`)).text).toContain("unknown, used");
    expect((await command("UNEW", "approve p-shop")).text).toContain("Done");
    await command("UNEW", "unlink");
    expect((await command("UNEW", "list")).text).toContain("I do not know who you are");
    await command("UNEW", `link ${await code()}`);
    own.nowMs += 31 * 24 * 3_600_000;
    expect((await command("UNEW", "list")).text).toContain("I do not know who you are");
    const old = await (async () => {
      const again = await own.signIn("approver");
      return String((await again.send("/api/v1/session/slack-code", { method: "POST" })).body.code);
    })();
    own.nowMs += 10 * 60_000;
    expect((await command("UNEW", `link ${old}`)).text).toContain("unknown, used");
  });
});

describe("a button", () => {
  test("approves as the person, and says what came of it where it is", async () => {
    expect((await press("UAPPROVER", "approve")).status).toBe(200);
    expect(own.desk.calls).toEqual(["approve"]);
    expect(slack.calls).toMatchObject([
      { path: "/actions/1", body: { text: "Done: #1 is pending-review now.", response_type: "ephemeral" } },
    ]);
  });

  test.each([
    ["of a text that was changed since", "UAPPROVER", { id: "p-shop", revision: 2 }, "was changed since"],
    ["of another's namespace", "UAPPROVER", { id: "p-bank", revision: 1 }, "no such proposal"],
    ["of somebody who may only look", "UVIEWER", { id: "p-shop", revision: 1 }, "you may not approve"],
    ["of nobody known", "UNOBODY", { id: "p-shop", revision: 1 }, "I do not know who you are"],
  ])("%s decides nothing", async (_, user, value, said) => {
    await press(user, "approve", value);
    expect(String(slack.calls[0]?.body.text)).toContain(said);
    expect(own.desk.calls.filter((call) => call !== "approve")).toEqual([]);
  });

  test.each(["reject", "request-changes"])("%s asks why, and then does it", async (action) => {
    await press("UAPPROVER", action);
    expect(own.desk.calls).toEqual([]);
    const [{ path, authorization, body } = slack.calls[0]!] = slack.calls;
    expect([path, authorization]).toEqual(["/api/views.open", "Bearer xoxb-1"]);
    const view = body.view as { readonly private_metadata: string };
    const send = (value: string | null): Promise<Answered> =>
      interact({
        type: "view_submission",
        user: { id: "UAPPROVER" },
        view: {
          callback_id: "decide",
          private_metadata: view.private_metadata,
          state: { values: { comment: { text: { value } } } },
        },
      });
    expect((await send("  ")).body).toMatchObject({ response_action: "errors" });
    expect(own.desk.calls).toEqual([]);
    expect((await send("opens too much")).status).toBe(200);
    expect(own.desk.calls).toEqual([action]);
  });

  test("whose answer should go to another host is not answered there", async () => {
    await interact({
      type: "block_actions",
      user: { id: "UAPPROVER" },
      response_url: "http://169.254.169.254/latest",
      actions: [{ action_id: "approve", value: '{"id":"p-shop","revision":1}' }],
    });
    expect(troubles).toEqual(["Slack gave no address to answer to"]);
    expect(slack.calls).toEqual([]);
  });
});

describe("what is recorded is told", () => {
  let following: FollowParts;

  async function follow(destinations: readonly Destination[]): Promise<void> {
    following = {
      decisions: own.state.decisions,
      destinations,
      nowMs: () => own.nowMs,
      onTrouble: ({ message }) => void troubles.push(message),
    };
    await beginToTell(following);
  }

  /** Runs what is due, as the runner would. */
  async function run(): Promise<void> {
    const { jobs } = own.state.decisions;
    for (const job of await jobs.take("me", [tellKind], own.nowMs, 60_000, 10)) {
      await tellJob(following)(job, new AbortController().signal);
      await jobs.finish(job);
    }
  }

  const decide = async (action: string, to: string, more = {}): Promise<void> => {
    await own.state.decisions.audit.append([
      {
        atMs: own.nowMs,
        kind: `proposal.${action}`,
        subject: "proposal/p-shop",
        actor: { subject: "local:ada", name: "Ada <!channel>" },
        payload: {
          cluster: "east",
          namespace: "shop",
          number: 12,
          title: "Close *egress* & more",
          risk: "low",
          revision: 1,
          from: "draft",
          to,
          comment: "",
          ...more,
        },
      },
    ]);
  };
  const inSlack = (): Destination =>
    slackDestination(settings, slackClient(settings), new URL("https://postern.example.com"));
  const webhook = (): Destination =>
    webhookDestination(
      { name: "siem", url: `${slack.url}/siem`, secretFile: "", kinds: ["proposal.*"], namespaces: ["east/*"] },
      () => Promise.resolve("a-webhook-secret"),
      postWebhook,
      () => own.nowMs,
    );

  test("in order, once, from the beginning of telling on, with buttons while it waits", async () => {
    await decide("submit", "pending-review", { title: "before" });
    await follow([inSlack()]);
    await decide("submit", "pending-review");
    await decide("comment", "pending-review", { from: "pending-review" });
    await decide("approve", "approved", { from: "pending-review" });
    await run();
    own.nowMs += 5_000;
    await run();
    expect(slack.calls.map(({ path, body }) => [path, body.channel])).toEqual([
      ["/api/chat.postMessage", "C1"],
      ["/api/chat.postMessage", "C1"],
    ]);
    const [first, second] = slack.calls.map(({ text }) => text);
    expect(first).toContain('"action_id":"approve"');
    expect(first).toContain("https://postern.example.com/proposals/p-shop");
    expect(first).not.toContain("<!channel>");
    expect(first).toContain("Ada &lt;!channel&gt;");
    expect(second).toContain("approved");
    expect(second).not.toContain('"action_id"');
  });

  test("after a crash, from where it was", async () => {
    await follow([inSlack()]);
    await decide("submit", "pending-review");
    const { jobs } = own.state.decisions;
    // The process takes the job, tells, and dies before the job is finished.
    const [job] = await jobs.take("dead", [tellKind], own.nowMs, 60_000, 10);
    await tellJob(following)(job!, new AbortController().signal);
    expect(slack.calls).toHaveLength(1);
    await follow([inSlack()]);
    await decide("approve", "approved", { from: "pending-review" });
    own.nowMs += 61_000;
    await run();
    expect(slack.calls.at(-1)?.text).toContain("approved");
    expect(slack.calls.length).toBeLessThanOrEqual(3);
  });

  test("with pauses that grow while it fails, and left out in the end, with a record", async () => {
    await follow([webhook()]);
    await decide("submit", "pending-review");
    await decide("approve", "approved");
    slack.answers.push({ status: 503, body: {}, headers: { "retry-after": "120" } });
    await run();
    own.nowMs += 119_000;
    await run();
    expect(slack.calls).toHaveLength(1);
    for (let i = 0; i < 11; i += 1) slack.answers.push({ status: 500, body: {} });
    for (let i = 0; i < 200 && slack.answers.length > 0; i += 1) {
      own.nowMs += 600_000;
      await run();
    }
    own.nowMs += 5_000;
    await run();
    expect(slack.calls.map(({ body }) => body.type)).toEqual([
      ...Array<string>(12).fill("proposal.submit"),
      "proposal.approve",
    ]);
    const { records } = await own.state.decisions.audit.list({ kinds: ["chat.undelivered"], limit: 5 });
    expect(records[0]).toMatchObject({ subject: "destination/webhook/siem", payload: { kind: "proposal.submit" } });
  });

  test("at once left out where nobody wants it any more", async () => {
    await follow([webhook()]);
    await decide("submit", "pending-review");
    slack.answers.push({ status: 410, body: {} });
    await run();
    expect(troubles).toEqual([expect.stringMatching(/^record \d+ was not told to `webhook\/siem`/)]);
  });

  test("signed, with a name that is the same each time, and only what was asked for", async () => {
    await follow([webhook()]);
    await decide("submit", "pending-review");
    await decide("submit", "pending-review", { cluster: "west" });
    await run();
    expect(slack.calls).toHaveLength(1);
    const [{ headers, text, body }] = slack.calls as [(typeof slack.calls)[number]];
    const id = String(headers["webhook-id"]);
    expect(id).toMatch(/^postern_\d+$/);
    expect(headers["webhook-timestamp"]).toBe(String(startMs / 1000));
    expect(headers["webhook-signature"]).toBe(
      `v1,${signWebhook("a-webhook-secret", id, String(startMs / 1000), text)}`,
    );
    expect(body).toMatchObject({ type: "proposal.submit", data: { subject: "proposal/p-shop" } });
  });
});

test.each([
  ["<https://evil.example|click>", "&lt;https://evil.example|click&gt;"],
  ["<!here> & *bold*", "&lt;!here&gt; &amp; *\u200Bbold*\u200B"],
  ["two\nlines\u202Eesrever", "two lines\\u202eesrever"],
])("%j is only text in Slack", (text, expected) => {
  expect(slackText(text)).toBe(expected);
});
