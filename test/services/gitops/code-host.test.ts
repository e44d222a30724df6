import { afterEach, describe, expect, test } from "vitest";
import { openGitRepository } from "../../../src/adapters/git/git-repository.ts";
import { plainHost } from "../../../src/adapters/plain-git/plain-host.ts";
import type { Failure } from "../../../src/app/failure.ts";
import type { CodeHost, PullRequestText } from "../../../src/app/gitops/code-host.ts";
import type { Result } from "../../../src/core/result.ts";
import { type BareRemote, bareRemote, settingsFor } from "./bare-remote.ts";
import { branch, deliveryWorld, manifest } from "./delivery-world.ts";
import { type HostDouble, HostModel } from "./host-double.ts";
import { hosts } from "./hosts.ts";

const never = new AbortController().signal;
const text: PullRequestText = { title: "Let shop pay", body: "why", labels: ["egress", "shop"], reviewers: ["ada"] };
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

function value<T>(result: Result<T, Failure>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

function remoteWithBranch(): BareRemote {
  const remote = bareRemote();
  endings.push(() => remote.remove());
  remote.git("checkout", "--quiet", "-b", branch);
  remote.commit(branch, { "a.yaml": "a\n" });
  return remote;
}

async function started(start: (model: HostModel) => Promise<HostDouble>): Promise<{ model: HostModel; url: string }> {
  const model = new HostModel(remoteWithBranch());
  const double = await start(model);
  endings.push(() => double.stop());
  return { model, url: double.url };
}

/** What every host does, plain Git included. */
function codeHostContract(open: () => Promise<{ host: CodeHost; remote: BareRemote }>): void {
  test("there is none until it is opened, and then there is one", async () => {
    const { host } = await open();
    if (host.kind !== "plain") expect(value(await host.findPullRequest(branch, "main", never))).toBeUndefined();
    const opened = value(await host.openPullRequest(branch, "main", text, never));
    expect(opened).toMatchObject({ branch, base: "main", state: "open", remarks: [] });
    expect(value(await host.openPullRequest(branch, "main", text, never)).id).toBe(opened.id);
    expect(value(await host.findPullRequest(branch, "main", never))?.id).toBe(opened.id);
    expect(value(await host.pullRequest(opened.id, never))?.headCommit).toMatch(/^[0-9a-f]{40}$/);
    expect(value(await host.pullRequest("9999", never))).toBeUndefined();
  });

  test("it is merged only as it was looked at", async () => {
    const { host, remote } = await open();
    const { id, headCommit } = value(await host.openPullRequest(branch, "main", text, never));
    const later = remote.commit(branch, { "a.yaml": "b\n" });
    expect(await host.merge(id, headCommit!, never)).toMatchObject({ ok: false, error: { code: "host_head_moved" } });
    const merged = value(await host.merge(id, later, never));
    expect(merged).toMatchObject({ state: "merged", mergeCommit: expect.stringMatching(/^[0-9a-f]{40}$/) as string });
    expect(value(await host.findPullRequest(branch, "main", never))?.state).toBe("merged");
    // A second one is never opened for a branch.
    expect(value(await host.openPullRequest(branch, "main", text, never))).toMatchObject({ id, state: "merged" });
  });

  test("it is closed", async () => {
    const { host } = await open();
    const { id } = value(await host.openPullRequest(branch, "main", text, never));
    value(await host.close(id, never));
    expect(value(await host.pullRequest(id, never))?.state).toBe(host.kind === "plain" ? undefined : "closed");
  });
}

describe("plain Git", () => {
  codeHostContract(() => {
    const remote = remoteWithBranch();
    const git = value(openGitRepository(settingsFor(remote)));
    return Promise.resolve({ host: plainHost(git, "main", () => Date.UTC(2026, 0, 1)), remote });
  });
});

describe.each(hosts)("%s", (_, start, connect) => {
  codeHostContract(async () => {
    const { model, url } = await started(start);
    return { host: connect(url, model.token), remote: model.remote };
  });

  test("labels are made, reviewers asked, and unknown ones told", async () => {
    const { model, url } = await started(start);
    const host = connect(url, model.token);
    const reviewers = ["ada", "nobody", "bo"];
    const { remarks, id } = value(await host.openPullRequest(branch, "main", { ...text, reviewers }, never));
    const [own] = model.requests;
    expect(own).toMatchObject({ title: text.title, body: text.body });
    expect([...own!.labels]).toEqual(["egress", "shop"]);
    expect([...own!.reviewers].toSorted()).toEqual(["ada", "bo"]);
    expect(remarks).toEqual([expect.stringContaining("`nobody` cannot be asked")]);
    const updated = value(await host.updatePullRequest(id, { ...text, title: "Let shop pay more" }, never));
    expect(updated.remarks).toEqual([]);
    expect(model.requests).toHaveLength(1);
    expect(own).toMatchObject({ title: "Let shop pay more" });
  });

  test("comments and reviews of people come back, over all pages", async () => {
    const { model, url } = await started(start);
    const host = connect(url, model.token);
    const { id } = value(await host.openPullRequest(branch, "main", text, never));
    const own = model.requests[0]!;
    for (const words of ["one", "two", "three"]) model.say(own, "ada", words);
    model.say(own, "bo", "", "approved");
    model.say(own, "ada", "not so", "changes-requested");
    const all = value(await host.comments(id, 0, never));
    const told = all.map(({ author, body, verdict }) => [author, body, verdict].filter(Boolean).join(" "));
    expect(told).toEqual(expect.arrayContaining(["ada one", "ada two", "ada three", "bo approved"]));
    expect(told.join()).toContain("changes-requested");
    expect(new Set(all.map((comment) => comment.id)).size).toBe(all.length);
    const since = Date.parse(own.comments[2]!.at);
    expect(value(await host.comments(id, since, never)).map(({ body }) => body)).not.toContain("one");
    value(await host.comment(id, "from Postern", never));
    expect(value(await host.comments(id, 0, never)).map(({ body }) => body)).toContain("from Postern");
  });

  test("an answer that is lost makes no second pull request", async () => {
    const { model, url } = await started(start);
    const host = connect(url, model.token);
    model.interruptions.push({ pattern: /^POST .*(?:pulls|merge_requests)$/, answer: "cut-after" });
    const opened = value(await host.openPullRequest(branch, "main", text, never));
    expect(opened.id).toBe("1");
    expect(model.requests).toHaveLength(1);
  });

  test("two at once open one", async () => {
    const { model, url } = await started(start);
    const [one, other] = [connect(url, model.token), connect(url, model.token)];
    const opened = await Promise.all([
      one.openPullRequest(branch, "main", text, never),
      other.openPullRequest(branch, "main", text, never),
    ]);
    expect(opened.map((result) => value(result).id)).toEqual(["1", "1"]);
    expect(model.requests).toHaveLength(1);
  });

  test.each([
    ["momentary trouble", { status: 502, body: { message: "Bad gateway" } }],
    ["a limit that passes", { status: 429, body: { message: "slow down" }, headers: { "retry-after": "1" } }],
    ["a secondary limit", { status: 403, body: { message: "secondary rate limit" }, headers: { "retry-after": "1" } }],
  ])("%s is waited for", async (_, answer) => {
    const { model, url } = await started(start);
    model.interruptions.push({ pattern: /^GET /, answer });
    expect(value(await connect(url, model.token).findPullRequest(branch, "main", never))).toBeUndefined();
  });

  test.each([
    ["a limit that lasts", /./, { status: 429, headers: { "retry-after": "3600" } }, "host_rate_limited"],
    ["a refusal", /./, { status: 403, body: { message: "Resource not accessible by integration" } }, "host_forbidden"],
    ["trouble of its own", /./, { status: 500, body: { message: "boom" } }, "host_down"],
    ["another address", /./, { status: 301, headers: { location: "https://elsewhere.example/" } }, "host_moved"],
  ])("%s is told", async (_, pattern, answer, code) => {
    const { model, url } = await started(start);
    model.interruptions.push(...Array.from({ length: 8 }, () => ({ pattern, answer })));
    expect(await connect(url, model.token).findPullRequest(branch, "main", never)).toMatchObject({
      ok: false,
      error: { code },
    });
  });

  test.each([
    ["no list", { status: 200, body: { message: "maintenance" } }],
    [
      "a page of a proxy",
      { status: 200, body: "<html>please sign in</html>", headers: { "content-type": "text/html" } },
    ],
    ["lists of something else", { status: 200, body: [{ id: "x" }, null] }],
  ])("%s is told as an odd answer", async (_, answer) => {
    const { model, url } = await started(start);
    const host = connect(url, model.token);
    const { id } = value(await host.openPullRequest(branch, "main", text, never));
    for (const ask of [
      async () => host.findPullRequest(branch, "main", never),
      async () => host.pullRequest(id, never),
      async () => host.comments(id, 0, never),
    ]) {
      model.interruptions.push({ pattern: /^GET .*(?:pulls|merge_requests|comments|notes)/, answer });
      expect(await ask()).toMatchObject({ ok: false, error: { code: "host_odd_answer" } });
      model.interruptions.length = 0;
    }
  });

  test("a fork's branch of the same name is somebody else's, and so is one into another base", async () => {
    const { model, url } = await started(start);
    const host = connect(url, model.token);
    const { id } = value(await host.openPullRequest(branch, "main", text, never));
    const [own] = model.requests;
    const other = { ...own!, labels: new Set<string>(), reviewers: new Set<string>(), comments: [] };
    model.requests.push({ ...other, number: 2, isFork: true }, { ...other, number: 3, base: "dev" });
    expect(value(await host.findPullRequest(branch, "main", never))?.id).toBe(id);
    model.end(own!, "closed", "ada");
    expect(value(await host.findPullRequest(branch, "main", never))?.id).toBe(id);
  });

  test("opened again after it was closed, and merged then, is told", async () => {
    const remote = bareRemote();
    endings.push(() => remote.remove());
    const model = new HostModel(remote);
    const double = await start(model);
    endings.push(() => double.stop());
    const server = await deliveryWorld(remote, { host: () => connect(double.url, model.token) });
    endings.push(() => server.close());
    await server.approved();
    await server.run();
    const own = model.requests[0]!;
    model.end(own, "closed", "ada");
    await server.later();
    expect(await server.proposal()).toMatchObject({ state: "rejected" });
    own.state = "open";
    await server.later();
    await server.later();
    const { state, delivery } = await server.proposal();
    expect(state).toBe("rejected");
    expect(delivery).toMatchObject({ pullRequest: { state: "open" } });
    expect(delivery?.trouble).toContain("was opened again although the proposal is rejected");
    expect(own.comments.filter(({ body }) => body.includes("This was opened again"))).toHaveLength(1);
    model.merge(own, "ada");
    await server.later();
    expect(await server.proposal()).toMatchObject({
      state: "rejected",
      delivery: { pullRequest: { state: "merged" }, mergeCommit: own.mergeCommit },
    });
  });

  test("merged into another base it is not merged", async () => {
    const remote = bareRemote();
    endings.push(() => remote.remove());
    const model = new HostModel(remote);
    const double = await start(model);
    endings.push(() => double.stop());
    const server = await deliveryWorld(remote, { host: () => connect(double.url, model.token) });
    endings.push(() => server.close());
    const { id } = await server.approved();
    await server.run();
    remote.git("push", "--quiet", "origin", "origin/main:refs/heads/dev");
    const own = model.requests[0]!;
    own.base = "dev";
    await server.approvedAgain(id, manifest.replace("/28", "/27"));
    await server.run();
    expect((await server.proposal()).delivery?.trouble).toContain("goes into `dev`");
    model.merge(own, "ada");
    await server.later();
    expect(await server.proposal()).toMatchObject({ state: "rejected" });
  });

  test("a wrong token, a stop and a host that is gone are told", async () => {
    const { model, url } = await started(start);
    const failed = await connect(url, "wrong").findPullRequest(branch, "main", never);
    expect(failed.ok ? "ok" : failed.error.code).toMatch(/^host_(?:auth_failed|not_found)$/);
    expect(JSON.stringify(failed)).not.toContain("wrong");
    const stopped = await connect(url, model.token).findPullRequest(branch, "main", AbortSignal.abort());
    expect(stopped).toMatchObject({ ok: false, error: { code: "host_aborted" } });
    const gone = await connect("http://127.0.0.1:9", model.token).findPullRequest(branch, "main", never);
    expect(gone).toMatchObject({ ok: false, error: { code: "host_unreachable" } });
  });

  test("a proposal becomes a pull request, is reviewed and merged there, and knows", async () => {
    const remote = bareRemote({ CODEOWNERS: "/clusters/ @bo\nclusters/.* @bo\n" });
    endings.push(() => remote.remove());
    const model = new HostModel(remote);
    const double = await start(model);
    endings.push(() => double.stop());
    const server = await deliveryWorld(remote, { host: () => connect(double.url, model.token) });
    endings.push(() => server.close());
    const { id } = await server.approved();
    expect(await server.run()).toEqual(["deliver-proposal: done"]);
    const own = model.requests[0]!;
    expect(own).toMatchObject({ branch, base: "main" });
    expect([...own.reviewers]).toEqual(["bo"]);
    expect(own.body).toContain("### Rollback");
    expect((await server.proposal()).state).toBe("pull-request-open");
    model.say(own, "bo", "looks right");
    model.say(own, "ada", "", "approved");
    await server.later();
    await server.later();
    const comments = (await server.proposal()).decisions.filter(({ action }) => action === "comment");
    expect(comments.map(({ by, comment }) => `${by.name}: ${comment}`)).toEqual([
      expect.stringContaining("bo: looks right"),
      expect.stringContaining("ada: approved"),
    ]);
    await server.approvedAgain(id, manifest.replace("/28", "/27"));
    await server.run();
    expect(model.requests).toHaveLength(1);
    model.merge(own, "bo");
    await server.later();
    const merged = await server.proposal();
    expect(merged).toMatchObject({ state: "merged", delivery: { mergeCommit: own.mergeCommit } });
    expect(merged.decisions.at(-1)?.by).toMatchObject({ name: "bo" });
  });
});
