import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { LokiDouble } from "./loki-double.ts";
import { LokiStage, range } from "./loki-stage.ts";

const shared = fileURLToPath(new URL("../../../../shared/data/netobserv/", import.meta.url));

describe.concurrent("flows from Loki", () => {
  test("all lines of an hour are read once, page by page", async () => {
    await using stage = await LokiStage.open();
    for (const port of range(1, 3001)) stage.pushPort(port, 3_500_000 - Math.floor(port / 7) * 5);
    const { hands } = stage.observe({ limit: 100, tenant: "netobserv" });
    await hands.until(() => hands.ports.length === 3000);
    await hands.quiet();
    expect(hands.sortedPorts()).toEqual(range(1, 3001));
    const [{ url, headers }] = stage.loki.asked as [(typeof stage.loki.asked)[number]];
    expect(url.searchParams.get("query")).toBe(
      '{app="netobserv-flowcollector",SrcK8S_Type="Pod",DstK8S_Type!="Pod",FlowDirection!="0"}',
    );
    expect(headers["x-scope-orgid"]).toBe("netobserv");
    expect(hands.outages).toBe(0);
    // Whenever a position is given, what was taken is what lies before it.
    for (const [position, taken] of hands.takenAt) {
      const before = BigInt((JSON.parse(position) as { before: string }).before);
      const older = range(1, 3001).filter(
        (port) => BigInt((stage.nowMs - 3_500_000 + Math.floor(port / 7) * 5) * 1e6) < before,
      );
      expect(taken).toBe(older.length);
    }
  });

  test("lines that come late or twice are counted once", async () => {
    await using stage = await LokiStage.open();
    stage.pushPort(1, 3000);
    const { hands } = stage.observe();
    await hands.until(() => hands.ports.length === 1);
    // An agent that took its time, and the first line again, as after a writer's retry.
    stage.pushPort(2, 3000);
    stage.pushPort(3, 2999);
    stage.pushPort(1, 3000);
    await hands.until(() => hands.ports.length === 3);
    await hands.until(() => stage.loki.asked.length > 4);
    expect(hands.sortedPorts()).toEqual([1, 2, 3]);
  });

  test("what is told late by a clock that differs is read by the server's clock", async () => {
    await using stage = await LokiStage.open();
    const hour = 3_600_000;
    stage.loki.clock = () => Date.now() + hour;
    stage.pushPort(1, 20_000 - hour);
    const { hands } = stage.observe();
    await hands.until(() => hands.ports.length === 1);
    expect(hands.states.at(-1)).toMatch(/^running: the clock of `127.0.0.1:\d+` is 3(600|599) s ahead of this one$/);
  });

  test("who stops and goes on misses nothing and takes nothing again", async () => {
    await using stage = await LokiStage.open();
    for (const port of range(1, 501)) stage.pushPort(port, 600_000 - port * 1000);
    const first = stage.observe({ limit: 50 });
    await first.hands.until(() => first.hands.ports.length > 200);
    await first.stop();
    const { position } = first.hands;
    const kept = first.hands.ports.slice(0, first.hands.takenAt.get(position!));
    const second = stage.observe({}, position);
    await second.hands.until(() => kept.length + second.hands.ports.length >= 500);
    await second.hands.quiet();
    expect([...kept, ...second.hands.ports].toSorted((a, b) => a - b)).toEqual(range(1, 501));
  });

  test("lines that come late while nobody reads are read after a restart, and known ones are not", async () => {
    await using stage = await LokiStage.open();
    for (const port of range(1, 101)) stage.pushPort(port, 2000 + port);
    const first = stage.observe({ overlapSeconds: 60 });
    await first.hands.until(() => first.hands.ports.length === 100);
    await first.stop();
    for (const port of range(101, 111)) stage.pushPort(port, 2000 + port / 2);
    const second = stage.observe({ overlapSeconds: 60 }, first.hands.position);
    await second.hands.until(() => second.hands.ports.length >= 10);
    await second.stop();
    stage.pushPort(111, 2050);
    const third = stage.observe({ overlapSeconds: 60 }, second.hands.position);
    await third.hands.until(() => third.hands.ports.length > 0);
    await third.hands.quiet();
    expect([second.hands.sortedPorts(), third.hands.ports]).toEqual([range(101, 111), [111]]);
  });

  test("a server that is busy, broken or strict is asked again, and less", async () => {
    await using stage = await LokiStage.open();
    for (const port of range(1, 301)) stage.pushPort(port, 300_000 - port * 100);
    stage.loki.maxEntries = 80;
    stage.loki.refusals.push(
      { status: 429, headers: { "retry-after": "1" }, body: "too many outstanding requests" },
      { status: 502, body: "<html>bad gateway</html>" },
      { status: 200, body: "<html>login</html>" },
      { status: 200, body: '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1' },
    );
    const { hands } = stage.observe();
    await hands.until(() => hands.ports.length === 300);
    expect(hands.sortedPorts()).toEqual(range(1, 301));
    const told = hands.states
      .filter((state) => state.startsWith("retrying"))
      .map((state) => state.replace(/`.*?`:? /, ""));
    expect(told).toEqual([
      "retrying: Loki: answered HTTP 429: too many outstanding requests",
      "retrying: Loki: answered HTTP 502: <html>bad gateway</html>",
      expect.stringContaining("its answer is none of Loki's `query_range`"),
    ]);
    expect(hands.malformedReasons).toEqual([]);
    expect(hands.states.at(-1)).toBe("running");
  });

  test("answers longer than allowed are cut into smaller ones", async () => {
    await using stage = await LokiStage.open();
    const filler = "x".repeat(20_000);
    for (const port of range(1, 201))
      stage.loki.push({ SrcPort: port, Filler: filler, TimeFlowEndMs: stage.nowMs - 100_000 + port });
    const { hands } = stage.observe({ maxAnswerMiB: 1 });
    await hands.until(() => hands.ports.length === 200);
    expect(hands.sortedPorts()).toEqual(range(1, 201));
  });

  test("more lines of one instant than fit an answer are an outage", async () => {
    await using stage = await LokiStage.open();
    for (const port of range(1, 31)) stage.pushPort(port, 100_000);
    stage.pushPort(31, 50_000);
    const { hands } = stage.observe({ limit: 10 });
    await hands.until(() => hands.ports.includes(31));
    expect(hands.outages).toBe(1);
  });

  test("a gateway gets the token of the moment, and the namespaces asked for", async () => {
    await using stage = await LokiStage.open();
    const folder = mkdtempSync(join(tmpdir(), "postern-loki-"));
    const tokenFile = join(folder, "token");
    try {
      writeFileSync(tokenFile, "first\n");
      const { hands } = stage.observe({ tokenFile, namespaces: ["shop", "bank"] });
      await hands.until(() => stage.loki.asked.length > 0);
      writeFileSync(tokenFile, "second\n");
      await hands.until(() => stage.loki.asked.at(-1)!.headers.authorization === "Bearer second");
      expect(stage.loki.asked[0]!.headers.authorization).toBe("Bearer first");
      expect(stage.loki.asked[0]!.url.searchParams.get("query")).toContain('SrcK8S_Namespace=~"shop|bank"');
      expect(hands.states.join(" ")).not.toMatch(/first|second/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a token file that is not there is told, and nothing is tried again", async () => {
    await using stage = await LokiStage.open();
    const { ended } = stage.observe({ tokenFile: "/nowhere/token" });
    await expect(ended).rejects.toThrow("`tokenFile` `/nowhere/token` does not exist");
  });

  test.runIf(existsSync(shared)).each(["flow_records.json", "flow_records_has_dropped.json"])(
    "the recorded answer %s is read whole",
    async (name) => {
      await using stage = await LokiStage.open();
      const answer = JSON.parse(readFileSync(join(shared, name), "utf8")) as Parameters<LokiDouble["pushAnswer"]>[0];
      stage.loki.pushAnswer(answer);
      const values = answer.data.result.flatMap(({ stream, values }) =>
        values.map((value) => JSON.stringify([stream, value])),
      );
      const times = answer.data.result.flatMap(({ values }) =>
        values.map(([time]) => Number(BigInt(time) / 1_000_000n)),
      );
      const clock = (): number => Math.max(...times) + 10_000;
      stage.loki.clock = clock;
      const { hands } = stage.observe({ sinceMinutes: 60 * 24 * 7, limit: 40 }, undefined, clock);
      const distinct = new Set(values).size;
      await hands.until(() => hands.ports.length + hands.malformedReasons.length >= distinct);
      expect(hands.malformedReasons).toEqual([]);
      expect(hands.ports).toHaveLength(distinct);
    },
  );
});
