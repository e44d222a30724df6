import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { hubbleOptions } from "../../../src/adapters/grpc/hubble/options.ts";
import { follow, newServer, stopAll } from "./following.ts";
import { flowEvent, type HubbleServer } from "./hubble-server.ts";
import { eventually, quick } from "./recording-hands.ts";

afterEach(stopAll);

const plain = ({ port }: HubbleServer): object => ({ address: `127.0.0.1:${port}` });
const flowsOf = (node: string, fromMs: number, ports: readonly number[]) =>
  ports.map((port, i) => flowEvent(node, fromMs + i, port));
const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const minutesAgo = (minutes: number): number => Date.now() - 60_000 * minutes;

describe("following a Hubble server", () => {
  test("takes what the nodes still hold, and then what comes", async () => {
    const server = await newServer().listen();
    server.push(...flowsOf("n1", minutesAgo(2), numbers(1000, 50)));
    const { hands } = follow(plain(server));
    await eventually(() => hands.taken === 50, "history");
    server.push(...flowsOf("n1", Date.now(), numbers(2000, 50)), ...flowsOf("n2", Date.now(), numbers(3000, 50)));
    await eventually(() => hands.taken === 150, "news");
    expect([hands.repeated, hands.outages, hands.lostRecords, hands.reasons]).toEqual([[], 0, 0, []]);
    expect(hands.between).toBe(0);
    expect(hands.states.at(-1)).toEqual(["running", ""]);
    expect(server.requests[0]).toMatchObject({
      follow: true,
      whitelist: [{ traffic_direction: [2, 0] }],
    });
    expect(server.requests[0]?.field_mask?.paths).toContain("destination_names");
  });

  test("is found under an IPv6 address as well", async () => {
    const server = newServer();
    server.host = "[::1]";
    await server.listen();
    server.push(flowEvent("n1", Date.now(), 1));
    const { hands } = follow({ address: `[::1]:${server.port}` });
    await eventually(() => hands.taken === 1, "the flow");
    expect(hands.states.at(-1)).toEqual(["running", ""]);
  });

  test.each(["broken", "ended"])("a connection that is %s costs nothing and doubles nothing", async (how) => {
    const server = await newServer().listen();
    const start = minutesAgo(3);
    const { hands } = follow(plain(server));
    for (let round = 0; round < 3; round += 1) {
      await eventually(() => server.calls.size === 1, "a call");
      server.push(...flowsOf("n1", start + 20_000 * round, numbers(1000 * (round + 1), 40)));
      server.push(...flowsOf("n2", start + 20_000 * round - 4000, numbers(10_000 + 1000 * round, 40)));
      await eventually(() => hands.taken >= 120 * round + 80, "what came while connected");
      if (how === "broken") server.close();
      else server.endCalls();
      // While nobody listens.
      server.push(...flowsOf("n1", start + 20_000 * round + 500, numbers(30_000 + 1000 * round, 40)));
      if (how === "broken") await server.listen();
    }
    await eventually(() => hands.taken >= 360, "what came in between");
    expect([hands.taken, hands.repeated, hands.outages]).toEqual([360, [], 0]);
    expect(hands.states.some(([state]) => state === "retrying")).toBe(true);
  });

  test("a restart goes on where the stored position is", async () => {
    const server = await newServer().listen();
    const start = minutesAgo(1);
    server.push(...flowsOf("n1", start, numbers(1000, 100)), ...flowsOf("n2", start + 50, numbers(2000, 100)));
    const first = follow(plain(server));
    await eventually(() => first.hands.taken === 200, "the first life");
    await first.stop();
    server.push(...flowsOf("n1", start + 90, numbers(3000, 5)), ...flowsOf("n3", start + 200, numbers(4000, 100)));
    const second = follow(plain(server), first.hands.positions.at(-1));
    await eventually(() => second.hands.taken >= 105, "the second life");
    server.push(...flowsOf("n1", Date.now(), numbers(5000, 1)));
    await eventually(() => second.hands.flows.has(5000), "the end");
    // Five events of n1 came late, within its last seconds.
    expect([second.hands.taken, second.hands.repeated, second.hands.outages]).toEqual([106, [], 0]);
    expect([...second.hands.flows.keys()].filter((port) => first.hands.flows.has(port))).toEqual([]);
  });

  test("events that come twice, in the wrong order, or with UUIDs count once", async () => {
    const server = await newServer().listen();
    const { hands } = follow(plain(server));
    await eventually(() => server.calls.size === 1, "a call");
    const now = Date.now();
    const events = numbers(1000, 200).map((port, i) =>
      flowEvent(i % 2 === 0 ? "n1" : "n2", now - ((i * 37) % 1500), port, i % 3 === 0 ? { uuid: `u-${i}` } : {}),
    );
    server.push(...events);
    for (const { response } of events) server.tell(response);
    server.push(flowEvent("n1", now + 1, 9));
    await eventually(() => hands.flows.has(9), "all");
    expect([hands.taken, hands.repeated]).toEqual([201, []]);
  });

  test("a node that comes back to the relay begins again, and counts once", async () => {
    const server = await newServer().listen();
    const { hands } = follow(plain(server));
    await eventually(() => server.calls.size === 1, "a call");
    // Longer than the memory of what is in order: most of what is repeated lies before it.
    const start = minutesAgo(2);
    server.push(...numbers(1000, 100).map((port, i) => flowEvent("n1", start + 600 * i, port)));
    await eventually(() => hands.taken === 100, "the first time");
    server.repeat("n1");
    // Relays gather errors for some seconds before they tell of them.
    server.tell({ node_status: { state_change: "NODE_ERROR", node_names: ["n1"], message: "transport is closing" } });
    await eventually(() => hands.outages === 1, "the outage");
    server.push(flowEvent("n1", start + 70_000, 5000));
    await eventually(() => hands.flows.has(5000), "the second time");
    expect([hands.taken, hands.repeated, hands.outages]).toEqual([101, [], 1]);
  });

  test("what fell out of a node's memory while nobody listened is an outage", async () => {
    const server = await newServer().listen();
    server.ringSize = 50;
    server.push(...flowsOf("n1", minutesAgo(2), numbers(1000, 10)), ...flowsOf("n2", minutesAgo(2), numbers(2000, 10)));
    const { hands } = follow(plain(server));
    await eventually(() => hands.taken === 20, "the first time");
    server.endCalls();
    server.push(...flowsOf("n1", minutesAgo(1), numbers(3000, 60)), ...flowsOf("n2", minutesAgo(1), numbers(4000, 10)));
    await eventually(() => hands.taken >= 80, "the second time");
    await eventually(() => hands.outages > 0, "the outage");
    expect([hands.taken, hands.repeated, hands.outages]).toEqual([80, [], 1]);
  });

  test("a server that cannot tell its oldest event is judged by its memory", async () => {
    const server = await newServer().listen();
    server.refusesFirst = true;
    server.ringSize = 20;
    server.push(...flowsOf("n1", minutesAgo(2), numbers(1000, 10)));
    const { hands } = follow(plain(server));
    await eventually(() => hands.taken === 10, "the first time");
    server.endCalls();
    server.push(...flowsOf("n1", minutesAgo(1), numbers(2000, 5)));
    await eventually(() => hands.taken === 15, "the second time");
    expect(hands.outages).toBe(0);
    server.endCalls();
    server.push(...flowsOf("n1", minutesAgo(0.5), numbers(3000, 30)));
    await eventually(() => hands.outages > 0, "the outage");
    expect([hands.repeated, hands.outages]).toEqual([[], 1]);
  });

  test("lost events, broken messages and nodes that fail are counted", async () => {
    const server = await newServer().listen();
    const { hands } = follow(plain(server));
    await eventually(() => server.calls.size === 1, "a call");
    const time = { seconds: Math.floor(Date.now() / 1000), nanos: 0 };
    const lost = { lost_events: { source: "HUBBLE_RING_BUFFER", num_events_lost: 17 }, node_name: "n1", time };
    server.tell(lost);
    server.tell(lost);
    server.tell({ node_status: { state_change: "NODE_UNAVAILABLE", node_names: ["n2"] } });
    server.push(flowEvent("n1", Date.now(), 1, { IP: { source: "nobody", destination: "198.51.100.7" } }));
    server.push(flowEvent("n1", Date.now(), 2));
    await eventually(() => hands.flows.has(2), "the flow");
    expect([hands.lostRecords, hands.outages, hands.taken]).toEqual([17, 1, 1]);
    expect(hands.reasons).toEqual(["an address that is not an IP address"]);
  });

  test("a message that is too large is given up, and the rest goes on", async () => {
    const server = await newServer().listen();
    const { hands } = follow(plain(server));
    await eventually(() => server.calls.size === 1, "a call");
    server.push(flowEvent("n1", Date.now(), 1));
    await eventually(() => hands.flows.has(1), "the first flow");
    server.push(flowEvent("n1", Date.now(), 2, { destination_names: ["x".repeat(5 << 20)] }));
    await eventually(() => hands.outages > 0 && server.calls.size === 1, "giving up");
    await eventually(() => hands.states.at(-1)?.[0] === "running", "going on");
    server.push(flowEvent("n1", Date.now(), 3));
    await eventually(() => hands.flows.has(3), "the last flow");
    expect([hands.taken, hands.repeated, hands.outages]).toEqual([2, [], 1]);
  });

  test("a server that is too busy is asked again, and nothing is given up", async () => {
    const server = await newServer().listen();
    const { hands } = follow(plain(server));
    await eventually(() => server.calls.size === 1, "a call");
    server.push(flowEvent("n1", Date.now() - 500, 1));
    await eventually(() => hands.flows.has(1), "the first flow");
    server.busyFor = 3;
    server.endCalls();
    server.push(flowEvent("n1", Date.now(), 2));
    await eventually(() => hands.flows.has(2), "what came in between");
    expect([hands.repeated, hands.outages]).toEqual([[], 0]);
  });

  test.each(["by-status", "by-node"] as const)(
    "a server that refuses the list of fields %s is asked for all",
    async (how) => {
      const server = await newServer().listen();
      server.refusesFieldMask = how;
      server.push(...flowsOf("n1", minutesAgo(1), numbers(1000, 10)));
      const { hands } = follow(plain(server));
      await eventually(() => hands.taken === 10, "the flows");
      expect(server.requests.map(({ field_mask }) => field_mask === null)).toEqual([false, false, true]);
    },
  );

  test.each(["by-status", "by-node"] as const)(
    "a server that does not know a newer field, and says so %s, is asked for the others",
    async (how) => {
      const server = await newServer().listen();
      server.refusesFieldMask = how;
      server.unknownField = "trace_reason";
      server.push(...flowsOf("n1", minutesAgo(1), numbers(1000, 10)));
      const { hands } = follow(plain(server));
      await eventually(() => hands.taken === 10, "the flows");
      expect(server.requests.map(({ field_mask }) => field_mask?.paths.includes("trace_reason"))).toEqual([
        true,
        false,
      ]);
    },
  );

  test("a server waits while there is no room", async () => {
    const server = await newServer().listen();
    const { hands } = follow(plain(server));
    // The first word of the server is a piece too, and must have had room.
    await eventually(() => hands.positions.length > 0, "a call");
    hands.hasRoom = false;
    const [call] = server.calls;
    const big = { labels: ["y".repeat(4000)], identity: 2 };
    const events = numbers(1, 5000).map((port) => flowEvent("n1", Date.now(), port, { destination: big }));
    for (const { response } of events) call!.write(response);
    await eventually(() => hands.taken > 0, "the first piece");
    for (let before = -1; before !== call!.writableLength;) {
      before = call!.writableLength;
      await sleep(100);
    }
    // 20 MB were sent; a piece and the windows are less than half of that, and the rest has not left the server.
    expect(call!.writableLength).toBeGreaterThan(2500);
    expect(hands.taken).toBeLessThan(2500);
    expect(hands.states.at(-1)).toEqual(["running", ""]);
    hands.makeRoom();
    await eventually(() => hands.taken === 5000, "all");
    expect(hands.repeated).toEqual([]);
  });

  test("a server that does not answer is told of, and tried again", async () => {
    const server = newServer();
    server.isStalled = true;
    await server.listen();
    const { hands } = follow(plain(server), undefined, { ...quick, answerMs: 300 });
    await eventually(() => hands.states.some(([state]) => state === "retrying"), "a complaint");
    const [, message] = hands.states.find(([state]) => state === "retrying")!;
    expect(message).toMatch(new RegExp(`^\`127.0.0.1:${server.port}\` does not answer; next attempt in 1 s$`));
  });

  test("a server that falls silent is asked whether it is still there, and left when it is not", async () => {
    const server = await newServer().listen();
    const { hands } = follow(plain(server), undefined, { ...quick, answerMs: 1500, idleMs: 40 });
    server.push(flowEvent("n1", Date.now(), 1));
    await eventually(() => hands.taken === 1, "the flow");
    const asked = server.askedForStatus;
    await eventually(() => server.askedForStatus > asked + 2, "questions");
    expect(hands.states.filter(([state]) => state === "retrying")).toEqual([]);
    server.isStalled = true;
    await eventually(() => hands.states.some(([state]) => state === "retrying"), "a complaint");
    expect(hands.states.find(([state]) => state === "retrying")?.[1]).toMatch(/ does not answer; next attempt in 1 s$/);
    server.isStalled = false;
    server.push(flowEvent("n1", Date.now(), 2));
    await eventually(() => hands.taken === 2, "the next flow");
    expect([hands.repeated, hands.outages]).toEqual([[], 0]);
  });

  test("nodes that the relay misses are told of", async () => {
    const server = await newServer().listen();
    server.unavailableNodes = 2;
    server.push(flowEvent("n1", Date.now(), 1));
    const { hands } = follow(plain(server));
    await eventually(() => hands.taken === 1, "the flow");
    expect(hands.states.at(-1)).toEqual(["running", "2 of 3 nodes cannot be reached by the relay"]);
  });
});

test.each([
  ["a token without TLS", { address: "relay:80", tokenFile: "/t" }, /only sent over TLS/],
  ["an address without a port", { address: "relay" }, /host:port/],
  ["a port that is none", { address: "relay:70000" }, /host:port/],
  ["an unknown option", { address: "relay:80", follow: true }, /follow/],
])("%s is refused", (_, options, expected) => {
  expect(() => hubbleOptions.parse(options)).toThrow(expected);
});
