import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyStore } from "../../../src/app/audit/verify/verify-store.ts";
import type { Proposal } from "../../../src/pipeline/propose/proposal.ts";
import { lacksPostgres, PrivatePostgres } from "../state/private-postgres.ts";
import { ReviewServers } from "./review-servers.ts";

/** Where the server is held until it is killed: the database waits in the middle of the statement. */
const places = {
  /** Everything of the decision is written, and nothing of it is committed. */
  "before the decision is committed": { table: "jobs", event: "insert", committed: false },
  /** The decision stands; its answer is about to be kept and sent. */
  "between the commit of the decision and its answer": {
    table: "idempotency_keys",
    event: "update",
    committed: true,
  },
} as const;

describe.skipIf(lacksPostgres())("a server that is killed while somebody approves", () => {
  let postgres: PrivatePostgres;
  let database: string;
  let servers: ReviewServers;
  let proposals: readonly Proposal[];
  beforeAll(async () => {
    postgres = await PrivatePostgres.open();
    database = await postgres.database();
    servers = await ReviewServers.start(database, 1);
    proposals = await servers.waiting(Object.keys(places).length + 1);
  });
  afterAll(async () => {
    await servers?.stop();
    await postgres?.close();
  });

  async function isWaitingInDatabase(): Promise<boolean> {
    const text = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
    return (await postgres.query(database, text)) !== "0";
  }

  async function approvals(id: string): Promise<number> {
    const records = await servers.state.decisions.audit.read(0, 10_000);
    return records.filter(({ kind, subject }) => kind === "proposal.approve" && subject === `proposal/${id}`).length;
  }

  /** What is on the remote's main branch for a namespace, as often as it was merged. */
  function mergesOf(id: string): number {
    servers.remote.git("fetch", "--quiet", "--prune");
    const merges = servers.remote.git("log", "--merges", "--format=%s", "origin/main").split("\n");
    return merges.filter((subject) => subject.includes(id)).length;
  }

  test.each(Object.entries(places).map(([name, place], index) => ({ name, index, ...place })))(
    "$name: the same request again gets its answer, and it is decided and merged once",
    async ({ index, table, event, committed }) => {
      const proposal = proposals[index]!;
      const server = servers.servers[0]!;
      const kind = table === "jobs" ? "when (new.kind = 'deliver-proposal')" : "when (new.status is not null)";
      await postgres.query(
        database,
        `create function hold() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end';
         create trigger hold before ${event} on ${table} for each row ${kind} execute function hold()`,
      );
      const asked = servers.act(server, proposal, "approve", `approve ${index}`).catch(() => "died" as const);
      for (let tries = 0; !(await isWaitingInDatabase()); tries += 1) {
        if (tries > 600) throw new Error("the server never came to that point");
        await sleep(20);
      }
      await server.end("SIGKILL");
      expect(await asked).toBe("died");
      // The database notices that its client is gone, and undoes what was not committed.
      while (await isWaitingInDatabase()) await sleep(20);
      await postgres.query(database, `drop trigger hold on ${table}; drop function hold()`);
      const left = await servers.state.decisions.proposals.byId(proposal.id);
      expect(left?.state).toBe(committed ? "approved" : "pending-review");
      expect(await approvals(proposal.id)).toBe(committed ? 1 : 0);
      await server.start();
      const answer = await servers.actAgain(server, proposal, "approve", `approve ${index}`);
      expect(answer).toMatchObject({ status: 200, body: { id: proposal.id, approvals: 1 } });
      // And once more: now the answer itself is kept.
      expect(await servers.actAgain(server, proposal, "approve", `approve ${index}`)).toEqual({
        ...answer,
        isReplayed: true,
      });
      await servers.until([proposal], ({ state }) => state === "merged");
      expect(await approvals(proposal.id)).toBe(1);
      expect(mergesOf(proposal.id)).toBe(1);
      expect((await verifyStore(servers.state.decisions.audit, [])).problems).toEqual([]);
    },
  );

  test("killed at any moment, and asked again with another key: it is decided and merged once", async () => {
    const proposal = proposals.at(-1)!;
    const server = servers.servers[0]!;
    for (let round = 0; round < 4; round += 1) {
      const asked = servers.act(server, proposal, "approve", `round ${round}`).catch(() => "died" as const);
      await sleep(round * 40);
      await server.end("SIGKILL");
      await asked;
      await server.start();
    }
    const answer = await servers.actAgain(server, proposal, "approve", "the last");
    expect(answer).toMatchObject({ status: 200, body: { id: proposal.id, approvals: 1 } });
    await servers.until([proposal], ({ state }) => state === "merged");
    expect(await approvals(proposal.id)).toBe(1);
    expect(mergesOf(proposal.id)).toBe(1);
    expect((await verifyStore(servers.state.decisions.audit, [])).problems).toEqual([]);
  });
});
