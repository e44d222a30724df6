import { afterEach, expect, test } from "vitest";
import type { GitRepository } from "../../../src/app/gitops/code-host.ts";
import { deliveryJobs } from "../../../src/app/gitops/delivery-jobs.ts";
import type { DeliveryParts } from "../../../src/app/gitops/delivery-parts.ts";
import { repositoriesOf } from "../../../src/app/gitops/repositories.ts";
import { changeProposal } from "../../../src/app/proposals/change-proposal.ts";
import type { LawVerdict } from "../../../src/app/wire/proposals.ts";
import { ok } from "../../../src/core/result.ts";
import { type BareRemote, bareRemote } from "./bare-remote.ts";
import { branch, deliveryWorld, type DeliveryWorld } from "./delivery-world.ts";

const path = "clusters/east/shop/egress-firewall.yaml";
const never = new AbortController().signal;
const ada = { subject: "local:ada", name: "Ada" };
const id = "p-0123456789abcdef";
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function world(): Promise<{ readonly remote: BareRemote; readonly server: DeliveryWorld }> {
  const remote = bareRemote();
  endings.push(() => remote.remove());
  const server = await deliveryWorld(remote, { settings: { merge: "always" } });
  endings.push(() => server.close());
  return { remote, server };
}

async function rejected({ parts }: DeliveryWorld): Promise<void> {
  const result = await changeProposal(parts.place, id, ({ revision }) =>
    ok([{ event: { type: "reject", by: ada, comment: "not now", revision } }]),
  );
  if (!result.ok) throw new Error(result.error.message);
}

/** The same server, whose pushes do something more when they are done. */
function afterPush({ parts, git }: DeliveryWorld, then: () => Promise<void>): DeliveryParts {
  const commitAndPush: GitRepository["commitAndPush"] = async (...args) => {
    const pushed = await git.commitAndPush(...args);
    await then();
    return pushed;
  };
  const pushing = new Proxy(git, {
    get(target, key): unknown {
      if (key === "commitAndPush") return commitAndPush;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { ...parts, repositories: repositoriesOf(parts.repositories.all.map((one) => ({ ...one, git: pushing }))) };
}

async function deliver(server: DeliveryWorld, parts: DeliveryParts): Promise<unknown> {
  const kind = "deliver-proposal";
  const [job] = await server.state.decisions.jobs.take("test", [kind], server.nowMs, 60_000, 1);
  const end = await deliveryJobs(parts)[kind]!(job!, never);
  await server.state.decisions.jobs.finish(job!);
  return end;
}

test("a proposal that is declined while its pull request is opened leaves none", async () => {
  const { remote, server } = await world();
  await server.approved();
  expect(
    await deliver(
      server,
      afterPush(server, () => rejected(server)),
    ),
  ).toEqual({ end: "done" });
  await server.run();
  await server.later();
  expect(remote.branches()).toEqual(["main"]);
  expect((await server.proposal()).state).toBe("rejected");
});

test("nor does one that is declined after a server died in the middle", async () => {
  const { remote, server } = await world();
  await server.approved();
  const dying = afterPush(server, () => Promise.reject(new Error("killed")));
  await expect(deliver(server, dying)).rejects.toThrow("killed");
  expect(remote.branches()).toEqual(["main", branch]);
  await rejected(server);
  await server.run();
  expect(remote.branches()).toEqual(["main"]);
});

test("a branch with a person's commits is left to them when the proposal ends", async () => {
  const { remote, server } = await world();
  await server.approved();
  const kind = "deliver-proposal";
  await deliver(server, server.parts);
  const text = remote.read(branch, path).replace("203.0.113.0/28", "203.0.113.0/29");
  remote.commit(branch, { [path]: text });
  await rejected(server);
  await server.run();
  expect(remote.read(branch, path)).toBe(text);
  expect(await server.state.decisions.jobs.waiting(kind)).toEqual([]);
});

test("what the law forbids by now is neither pushed nor merged, and goes on when it is allowed again", async () => {
  const { remote, server } = await world();
  const forbids: LawVerdict = {
    clause: "widest-prefix",
    law: "company@4",
    effect: "forbids",
    message: "too wide",
    rule: 0,
    line: 9,
  };
  let verdicts: readonly LawVerdict[] = [forbids];
  const handlers = deliveryJobs({ ...server.parts, laws: () => Promise.resolve(verdicts) });
  const run = async (kind: string): Promise<string> => {
    server.nowMs += 3_600_000;
    const [job] = await server.state.decisions.jobs.take("test", [kind], server.nowMs, 60_000, 1);
    const end = await handlers[kind]!(job!, never);
    if (end.end === "done") await server.state.decisions.jobs.finish(job!);
    else await server.state.decisions.jobs.again(job!, server.nowMs, end.because);
    return end.end;
  };
  await server.approved();
  expect(await run("deliver-proposal")).toBe("again");
  const trouble = "the organisation's law forbids it by now: `widest-prefix of company@4`; change the text, or the law";
  expect(await server.proposal()).toMatchObject({ state: "approved", delivery: { trouble } });
  expect(remote.branches()).toEqual(["main"]);
  verdicts = [];
  expect(await run("deliver-proposal")).toBe("done");
  const open = await server.proposal();
  expect(open.state).toBe("pull-request-open");
  expect(open.delivery?.trouble).toBeUndefined();
  verdicts = [forbids];
  expect(await run("merge-pull-request")).toBe("again");
  expect(await server.proposal()).toMatchObject({ state: "pull-request-open", delivery: { trouble } });
  verdicts = [];
  expect(await run("merge-pull-request")).toBe("done");
  expect((await server.proposal()).state).toBe("merged");
});
