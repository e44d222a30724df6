import { createHmac } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import type { HostKind } from "../../../src/app/gitops/code-host.ts";
import { repositoriesOf } from "../../../src/app/gitops/repositories.ts";
import { webhookReceived } from "../../../src/app/gitops/webhook-received.ts";
import { bareRemote } from "./bare-remote.ts";
import { branch, deliveryWorld } from "./delivery-world.ts";
import { HostModel } from "./host-double.ts";
import { hosts } from "./hosts.ts";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

/** Messages as the hosts send them, shortened. */
const events: Readonly<Record<string, readonly object[]>> = {
  github: [
    { action: "closed", number: 1, pull_request: { number: 1, head: { ref: branch } } },
    { action: "created", issue: { number: 1, pull_request: { url: "x" } }, comment: { body: "hi" } },
  ],
  gitlab: [
    { object_kind: "merge_request", object_attributes: { iid: 1, source_branch: branch, action: "merge" } },
    { object_kind: "note", merge_request: { iid: 1, source_branch: branch }, object_attributes: { note: "hi" } },
  ],
  gitea: [
    { action: "closed", number: 1, pull_request: { number: 1, head: { ref: branch } } },
    {
      action: "created",
      is_pull: true,
      issue: { number: 1, pull_request: { merged: false } },
      comment: { body: "hi" },
    },
  ],
};
const others: readonly object[] = [
  { ref: "refs/heads/main", commits: [] },
  { number: 3, pull_request: { number: 3, head: { ref: "feature" } } },
  { object_kind: "merge_request", object_attributes: { iid: 3, source_branch: "feature" } },
  { issue: { number: 3 } },
];

function signed(kind: HostKind, body: Buffer): Readonly<Record<string, string>> {
  const hex = createHmac("sha256", "hook").update(body).digest("hex");
  if (kind === "gitlab") return { "x-gitlab-token": "hook" };
  return kind === "github" ? { "x-hub-signature-256": `sha256=${hex}` } : { "x-gitea-signature": hex };
}

test.each(hosts.filter(([name]) => name !== "GitHub with an App"))(
  "%s says that something happened",
  async (_, start, connect) => {
    const remote = bareRemote();
    endings.push(() => remote.remove());
    const model = new HostModel(remote);
    const double = await start(model);
    endings.push(() => double.stop());
    const host = connect(double.url, model.token);
    const server = await deliveryWorld(remote, { host: () => host, settings: { pollMs: 86_400_000 } });
    endings.push(() => server.close());
    const [repository] = server.parts.repositories.all;
    const open = { ...repository!, webhookSecret: () => Promise.resolve("hook") };
    const parts = { ...server.parts, repositories: repositoriesOf([open]) };
    await server.approved();
    await server.run();
    const send = async (event: object, name = "policies"): Promise<unknown> => {
      const body = Buffer.from(JSON.stringify(event));
      return webhookReceived(parts, name, signed(host.kind, body), body);
    };
    for (const event of others) expect(await send(event)).toMatchObject({ ok: true, value: "ignored" });
    expect(await send({}, "elsewhere")).toMatchObject({ ok: false, error: { status: 404 } });
    const forged = Buffer.from(JSON.stringify(events[host.kind]![0]));
    expect(await webhookReceived(parts, "policies", {}, forged)).toMatchObject({ ok: false, error: { status: 401 } });
    const odd = Buffer.from("[");
    expect(await webhookReceived(parts, "policies", signed(host.kind, odd), odd)).toMatchObject({
      ok: false,
      error: { status: 400 },
    });
    // A message that is made up, but signed: the host is asked, and nothing happened.
    expect(await send(events[host.kind]![0]!)).toMatchObject({ ok: true, value: "noted" });
    await server.run();
    expect((await server.proposal()).state).toBe("pull-request-open");
    model.say(model.requests[0]!, "ada", "hi");
    expect(await send(events[host.kind]![1]!)).toMatchObject({ ok: true, value: "noted" });
    await server.run();
    expect((await server.proposal()).decisions.at(-1)).toMatchObject({ action: "comment", by: { name: "ada" } });
    model.merge(model.requests[0]!, "bo");
    await send(events[host.kind]![0]!);
    await server.run();
    expect((await server.proposal()).state).toBe("merged");
  },
);
