import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postern } from "../collector/served.ts";
import { lacksPostgres, PrivatePostgres } from "../state/private-postgres.ts";
import { ReviewServers } from "./review-servers.ts";

const count = 12;

describe.skipIf(lacksPostgres())("two replicas on PostgreSQL", () => {
  let postgres: PrivatePostgres;
  let replicas: ReviewServers;
  beforeAll(async () => {
    postgres = await PrivatePostgres.open();
    replicas = await ReviewServers.start(await postgres.database(), 2);
  });
  afterAll(async () => {
    await replicas?.stop();
    await postgres?.close();
  });

  test("approve through both at once: each proposal is decided, pushed and merged once", async () => {
    const { servers, remote } = replicas;
    const proposals = await replicas.waiting(count);
    // Each of them through both, at the same moment, as two people's clicks with keys of their own.
    const answers = await Promise.all(
      proposals.flatMap((proposal) =>
        servers.map((server, n) => replicas.act(server, proposal, "approve", `${proposal.id} ${n}`, `click ${n}`)),
      ),
    );
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([
      ...Array.from({ length: count }, () => 200),
      ...Array.from({ length: count }, () => 412),
    ]);
    const merged = await replicas.until(proposals, ({ state }) => state === "merged");
    for (const { decisions } of merged) {
      expect(decisions.map(({ action }) => action).filter((action) => action !== "comment")).toEqual([
        "approve",
        "pull-request-opened",
        "merge",
      ]);
    }
    expect(await replicas.recorded()).toMatchObject({
      "proposal.approve": count,
      "proposal.pull-request-opened": count,
      "proposal.merge": count,
    });
    remote.git("fetch", "--quiet", "--prune");
    const subjects = remote.git("log", "--merges", "--format=%s", "origin/main").trim().split("\n");
    expect(new Set(subjects).size).toBe(count);
    expect(subjects).toHaveLength(count);
    const own = remote.git("log", "--no-merges", "--format=%H", "origin/main").trim().split("\n");
    // And the one with which the repository began.
    expect(own).toHaveLength(count + 1);
    expect(await replicas.state.decisions.jobs.waiting("deliver-proposal")).toEqual([]);
    const told = await postern("audit", "verify", "--state-url-file", replicas.stateUrlFile, "--output", "json");
    // Without a key nothing is proven to be what was signed, so that it answers with 3; what is there fits.
    expect([0, 3]).toContain(told.code);
    expect(JSON.parse(told.stdout)).toMatchObject({ problems: [] });
    const lines = servers.map(({ said }) => said);
    expect(lines.join("\n")).not.toMatch(/"level":(?:50|60)/);
  });
});
