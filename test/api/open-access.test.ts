import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { rememberTokens } from "../../src/app/access/remember-tokens.ts";
import type { Failure } from "../../src/app/failure.ts";
import { ok, type Result } from "../../src/core/result.ts";
import { openAccess, type OpenedAccess } from "../../src/main/open-access.ts";
import { ApiForTest } from "./api-for-test.ts";
import { bank, shop } from "./made-up-desk.ts";

let folder: string;
let own: ApiForTest;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-open-access-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  own = await ApiForTest.open();
});
afterEach(() => own.close());

function open(text: string | undefined): Promise<Result<OpenedAccess, readonly Failure[]>> {
  const file = join(folder, "access.yaml");
  if (text !== undefined) writeFileSync(file, text);
  return openAccess({
    file: text === undefined ? undefined : file,
    decisions: own.state.decisions,
    nowMs: () => own.nowMs,
    publicUrl: new URL("https://postern.example.com"),
    onTrouble: () => undefined,
  });
}

test("without a file there are users of the server's own, and nobody is told anything", async () => {
  const opened = await open(undefined);
  if (!opened.ok) throw new Error("refused");
  const made = opened.value;
  const { access, signIn } = made;
  expect(signIn).toMatchObject({ local: true, redirects: [], tokens: undefined });
  expect(made.slackHook(own.desk.proposals)).toBeUndefined();
  await made.begin();
  expect(await own.state.decisions.jobs.waiting(undefined)).toEqual([]);
  const viewer = { subject: "local:viewer", name: "viewer", groups: [], kubernetesUser: undefined };
  expect([await access.may(viewer, "view", shop), await access.may(viewer, "view", bank)]).toEqual([true, false]);
  made.close();
});

test("what a file says is there: ways, clusters, grants, Slack and webhooks", async () => {
  writeFileSync(
    join(folder, "kubeconfig"),
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:9" } }],
      users: [{ name: "u", user: { token: "own" } }],
    }),
  );
  const opened = await open(`
local: false
oidc: [{ id: corp, issuer: "https://id.example.com", clientId: postern }]
openshift: { apiServer: "https://api.example.com:6443" }
kubernetes: [{ cluster: east, kubeconfig: kubeconfig }]
grants: [{ groups: [network], verb: approve, where: "east/shop" }]
slack: { team: T1, signingSecretFile: a, incomingWebhookFile: b }
webhooks: [{ name: siem, url: "https://siem.example.com", secretFile: s }]
`);
  if (!opened.ok) throw new Error(opened.error.map(({ message }) => message).join("\n"));
  const made = opened.value;
  const { access, signIn, jobs } = made;
  expect(signIn.redirects.map(({ id }) => id)).toEqual(["openshift", "corp"]);
  expect(signIn.tokens).toBeDefined();
  expect(made.slackHook(own.desk.proposals)).toBeDefined();
  expect(Object.keys(jobs)).toEqual(["tell"]);
  await made.begin();
  await made.begin();
  const waiting = await own.state.decisions.jobs.waiting("tell");
  expect(waiting.map(({ key }) => key).toSorted()).toEqual(["slack", "webhook/siem"]);
  const ada = { subject: "oidc:x#ada", name: "Ada", groups: ["network"], kubernetesUser: "ada" };
  // The cluster is away: what it would say is no, and the grant still holds.
  expect([await access.may(ada, "approve", shop), await access.may(ada, "approve", bank)]).toEqual([true, false]);
  made.close();
});

test("a cluster that cannot be reached as it is written keeps the server from starting", async () => {
  expect(await open("kubernetes: [{ cluster: east, kubeconfig: none }]")).toMatchObject({
    ok: false,
    error: [{ code: "cluster_access", message: expect.stringContaining("the cluster `east`") as string }],
  });
});

test("a cluster is asked about a token once in a while, and its failure is not remembered", async () => {
  let asked = 0;
  let nowMs = 0;
  const principal = { subject: "kubernetes:ada", name: "ada", groups: [], kubernetesUser: "ada" };
  const tokens = rememberTokens(
    {
      whoHas: (token) => {
        asked += 1;
        if (token === "trouble") {
          return Promise.resolve({ ok: false, error: { code: "cluster_review", message: "away" } });
        }
        return Promise.resolve(ok(token === "good" ? principal : undefined));
      },
    },
    () => nowMs,
  );
  const never = new AbortController().signal;
  for (const token of ["good", "good", "bad", "bad", "trouble", "trouble"]) await tokens.whoHas(token, never);
  expect(asked).toBe(4);
  nowMs += 5_000;
  for (const token of ["good", "bad"]) await tokens.whoHas(token, never);
  expect(asked).toBe(5);
  nowMs += 25_000;
  await tokens.whoHas("good", never);
  expect(asked).toBe(6);
});
