import { describe, expect, test } from "vitest";
import { auditChecks } from "../audit/audit-contract.test-support.ts";
import { changeChecks } from "./change-contract.test-support.ts";
import { jobChecks } from "./jobs-contract.test-support.ts";
import { namespaceChecks } from "./namespaces-contract.test-support.ts";
import type { ObserverArrival } from "./observers.ts";
import { peopleChecks } from "./people-contract.test-support.ts";
import { proposalChecks } from "./proposals-contract.test-support.ts";
import { noQuota } from "./quotas.ts";
import type { SourceMinute } from "./sources.ts";
import type { State } from "./state.ts";
import type { StoredToken } from "./tokens.ts";

const token: StoredToken = {
  id: "0123456789ab",
  label: "east, node observers",
  secretHash: "ab".repeat(32),
  clusters: ["east", "west"],
  scopes: ["read", "ship"],
  createdAtMs: 1000,
  expiresAtMs: 253_402_300_799_999,
  revokedAtMs: undefined,
  lastUsedAtMs: undefined,
};

const arrival: ObserverArrival = {
  cluster: "east",
  observer: "node-a",
  incarnation: "0".repeat(32),
  lastSequence: 7,
  version: "0.1.0",
  address: "192.0.2.1",
  atMs: 5000,
  sharedAtMs: undefined,
};

function minuteOf(minute: number, more: Partial<SourceMinute> = {}): SourceMinute {
  return {
    cluster: "east",
    observer: "node-a",
    source: "hubble",
    minute,
    standing: {
      kind: "hubble",
      state: "running",
      message: "",
      samplingMax: 1,
      lastArrivalMs: minute * 60_000,
      reportedAtMs: minute * 60_000 + 500,
    },
    sums: {
      records: 10,
      malformed: 1,
      lost: 2,
      outages: 1,
      dropped: 3,
      receivedBytes: 3_000_000_000,
      leftOut: { reply: 4, ingress: 1 },
    },
    lag: { weightedMs: 1000, weight: 10, maxMs: 250 },
    ...more,
  };
}

/** What every implementation of the port must do. `open` gives an empty state. */
export function stateContract(name: string, open: () => Promise<State>): void {
  const checks: (readonly [what: string, check: (state: State) => Promise<void>])[] = [];
  const on = (what: string, check: (state: State) => Promise<void>): void => void checks.push([what, check]);

  describe(`the state in ${name}`, () => {
    on("is reachable", async (state) => {
      await expect(state.check()).resolves.toBeUndefined();
    });

    on("keeps tokens, oldest first", async ({ tokens }) => {
      const later = { ...token, id: "f".repeat(12), createdAtMs: 2000, expiresAtMs: undefined, label: "" };
      await tokens.add(later);
      await tokens.add(token);
      expect(await tokens.all()).toEqual([token, later]);
      expect(await tokens.byId(token.id)).toEqual(token);
      expect(await tokens.byId("0".repeat(12))).toBeUndefined();
    });

    on("refuses a second token of the same identifier", async ({ tokens }) => {
      await tokens.add(token);
      await expect(tokens.add({ ...token, secretHash: "cd".repeat(32) })).rejects.toThrow(/./);
      expect(await tokens.all()).toEqual([token]);
    });

    on("revokes a token once and for all", async ({ tokens }) => {
      await tokens.add(token);
      expect(await tokens.revoke(token.id, 3000)).toBe(true);
      expect(await tokens.revoke(token.id, 4000)).toBe(true);
      expect(await tokens.revoke("0".repeat(12), 4000)).toBe(false);
      expect((await tokens.byId(token.id))?.revokedAtMs).toBe(3000);
    });

    on("remembers the last use of a token", async ({ tokens }) => {
      await tokens.add(token);
      await tokens.used(token.id, 9000);
      await tokens.used(token.id, 8000);
      expect((await tokens.byId(token.id))?.lastUsedAtMs).toBe(9000);
    });

    on("keeps observers and their clusters", async ({ observers }) => {
      await observers.seen([]);
      await observers.seen([arrival, { ...arrival, cluster: "West", observer: "b" }]);
      await observers.seen([{ ...arrival, lastSequence: 8, address: "2001:db8::1", atMs: 6000 }]);
      expect(await observers.observers()).toEqual([
        { cluster: "West", observer: "b", ...life(7, 5000, 5000), address: "192.0.2.1" },
        { cluster: "east", observer: "node-a", ...life(8, 5000, 6000), address: "2001:db8::1" },
      ]);
      expect(await observers.clusters()).toEqual([
        { cluster: "West", firstSeenMs: 5000, lastSeenMs: 5000 },
        { cluster: "east", firstSeenMs: 5000, lastSeenMs: 6000 },
      ]);
    });

    on("moves neither times nor sequences backwards", async ({ observers }) => {
      await observers.seen([arrival]);
      await observers.seen([{ ...arrival, lastSequence: 3, atMs: 4000 }]);
      expect((await observers.observers())[0]).toMatchObject({ lastSequence: 7, firstSeenMs: 5000, lastSeenMs: 5000 });
    });

    on("forgets observers and clusters that are gone", async ({ observers }) => {
      await observers.seen([arrival, { ...arrival, cluster: "west", observer: "b", atMs: 7000 }]);
      await observers.forget(6000);
      expect((await observers.observers()).map(({ observer }) => observer)).toEqual(["b"]);
      expect((await observers.clusters()).map(({ cluster }) => cluster)).toEqual(["west"]);
      await observers.forget(7000);
      expect(await observers.observers()).toHaveLength(1);
    });

    on("starts a new incarnation at its own sequence", async ({ observers }) => {
      await observers.seen([arrival]);
      await observers.seen([{ ...arrival, incarnation: "1".repeat(32), lastSequence: 1, atMs: 7000 }]);
      expect((await observers.observers())[0]).toMatchObject({ incarnation: "1".repeat(32), lastSequence: 1 });
    });

    on("remembers when a name was last shared", async ({ observers }) => {
      await observers.seen([arrival]);
      expect((await observers.observers())[0]?.sharedAtMs).toBeUndefined();
      await observers.seen([{ ...arrival, atMs: 6000, sharedAtMs: 6000 }]);
      await observers.seen([{ ...arrival, atMs: 7000 }]);
      expect((await observers.observers())[0]).toMatchObject({ sharedAtMs: 6000, lastSeenMs: 7000 });
    });

    on("keeps quotas", async ({ quotas }) => {
      await quotas.set("east", { ...noQuota, edgesPerHour: 10_000_000_000 });
      await quotas.set("*", { edgesPerHour: 1, edgesPerDay: 2, bytesPerMinute: 3 });
      await quotas.set("east", { ...noQuota, bytesPerMinute: 5 });
      expect(await quotas.all()).toEqual([
        { cluster: "*", edgesPerHour: 1, edgesPerDay: 2, bytesPerMinute: 3 },
        { cluster: "east", ...noQuota, bytesPerMinute: 5 },
      ]);
      expect(await quotas.remove("*")).toBe(true);
      expect(await quotas.remove("*")).toBe(false);
      expect((await quotas.all()).map(({ cluster }) => cluster)).toEqual(["east"]);
    });

    on("lets one of two exchange a setting", async ({ settings }) => {
      expect(await settings.get("maintained")).toBeUndefined();
      expect(await settings.exchange("maintained", undefined, "1")).toBe(true);
      expect(await settings.exchange("maintained", undefined, "2")).toBe(false);
      expect(await settings.exchange("maintained", "1", "2")).toBe(true);
      expect(await settings.exchange("maintained", "1", "3")).toBe(false);
      expect(await settings.get("maintained")).toBe("2");
      await settings.set("maintained", "4");
      expect(await settings.get("maintained")).toBe("4");
    });

    on("adds what sources brought, minute by minute", async ({ sources }) => {
      await sources.add([]);
      await sources.add([minuteOf(100), minuteOf(100, { source: "dns" })]);
      const standing = { ...minuteOf(101).standing, state: "retrying", message: "nobody there" } as const;
      await sources.add([
        minuteOf(100),
        minuteOf(101, {
          standing: { ...standing, lastArrivalMs: undefined },
          lag: { weightedMs: 0, weight: 0, maxMs: 0 },
        }),
      ]);
      const [dns, hubble, ...more] = await sources.since(100);
      expect(more).toEqual([]);
      expect(dns).toMatchObject({ source: "dns", sums: { records: 10 } });
      expect(hubble).toEqual({
        cluster: "east",
        observer: "node-a",
        source: "hubble",
        standing: { ...standing, lastArrivalMs: 6_000_000 },
        sums: {
          records: 30,
          malformed: 3,
          lost: 6,
          outages: 3,
          dropped: 9,
          receivedBytes: 9_000_000_000,
          leftOut: { reply: 12, ingress: 3 },
        },
        lag: { weightedMs: 2000, weight: 20, maxMs: 250 },
        firstReportedMs: 6_000_500,
      });
      expect((await sources.since(101))[1]?.sums).toMatchObject({ records: 10, leftOut: { reply: 4, ingress: 1 } });
    });

    on("tells the minutes of some sources", async ({ sources }) => {
      expect(await sources.minutesOf([], 0)).toEqual([]);
      const { sums } = minuteOf(100);
      const calm = { lag: { weightedMs: 0, weight: 0, maxMs: 0 } };
      await sources.add([minuteOf(99), minuteOf(100), minuteOf(102, { sums: { ...sums, records: 0 }, ...calm })]);
      await sources.add([minuteOf(100, { source: "dns" }), minuteOf(100, { source: "other" })]);
      const key = { cluster: "east", observer: "node-a" };
      const strangers = Array.from({ length: 450 }, (_, n) => ({ ...key, source: `stranger-${n}` }));
      const asked = [{ ...key, source: "hubble" }, ...strangers, { ...key, source: "dns" }];
      expect(await sources.minutesOf(asked, 100)).toEqual([
        { ...key, source: "hubble", minute: 100, records: 10, missing: 5, lagMs: 100 },
        { ...key, source: "hubble", minute: 102, records: 0, missing: 5, lagMs: undefined },
        { ...key, source: "dns", minute: 100, records: 10, missing: 5, lagMs: 100 },
      ]);
    });

    on("keeps the newest standing of a source, whatever comes late", async ({ sources }) => {
      await sources.add([minuteOf(101)]);
      await sources.add([minuteOf(100, { standing: { ...minuteOf(100).standing, state: "failed" } })]);
      expect(await sources.since(0)).toMatchObject([{ standing: { state: "running" }, sums: { records: 20 } }]);
    });

    on("takes a report again after one of a clock that was far ahead", async ({ sources }) => {
      await sources.add([minuteOf(100_000_000, { standing: { ...minuteOf(100_000_000).standing, state: "failed" } })]);
      await sources.add([minuteOf(101)]);
      expect(await sources.since(0)).toMatchObject([{ standing: { state: "running", reportedAtMs: 6_060_500 } }]);
    });

    on("counts as far as numbers go, and no further", async ({ sources }) => {
      const most = Number.MAX_SAFE_INTEGER;
      const { sums } = minuteOf(100);
      const huge = { sums: { ...sums, records: most, receivedBytes: most, leftOut: { reply: most } } };
      for (const minute of [100, 100, 101, 102]) await sources.add([minuteOf(minute, huge)]);
      expect(await sources.since(0)).toMatchObject([
        { sums: { records: most, receivedBytes: most, malformed: 4 * sums.malformed, leftOut: { reply: most } } },
      ]);
    });

    on("forgets old minutes and sources that are gone", async ({ sources }) => {
      await sources.add([minuteOf(100), minuteOf(200), minuteOf(50, { source: "gone" })]);
      await sources.forget(150, 60 * 60_000);
      expect(await sources.since(0)).toMatchObject([
        { source: "hubble", sums: { records: 10, leftOut: { reply: 4 } } },
      ]);
    });

    on("takes text as text", async ({ observers }) => {
      const cluster = "'; drop table observers; --";
      await observers.seen([{ ...arrival, cluster }]);
      expect((await observers.observers()).map((own) => own.cluster)).toEqual([cluster]);
    });

    on("takes many calls at once", async ({ observers, settings }) => {
      await Promise.all(
        Array.from({ length: 40 }, async (_, n) => {
          await observers.seen([{ ...arrival, lastSequence: n + 1, atMs: n }]);
          await settings.exchange("first", undefined, String(n));
        }),
      );
      expect((await observers.observers())[0]).toMatchObject({ lastSequence: 40, lastSeenMs: 39 });
    });

    proposalChecks(on);
    jobChecks(on);
    peopleChecks(on);
    namespaceChecks(on);
    auditChecks(on);
    changeChecks(on);

    test.for(checks)("%s", async ([, check]) => {
      expect.hasAssertions();
      const state = await open();
      try {
        await check(state);
      } finally {
        await state.close();
      }
    });
  });

  function life(lastSequence: number, firstSeenMs: number, lastSeenMs: number): object {
    return { incarnation: "0".repeat(32), lastSequence, version: "0.1.0", firstSeenMs, lastSeenMs };
  }
}
