import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { GoldmaneSource } from "../../../src/adapters/grpc/goldmane/goldmane-source.ts";
import { goldmaneOptions } from "../../../src/adapters/grpc/goldmane/options.ts";
import { SeenEvents } from "../../../src/adapters/grpc/seen-events.ts";
import { Certificates } from "./certificates.ts";
import { GoldmaneServer } from "./goldmane-server.ts";
import { eventually, quick, RecordingHands } from "./recording-hands.ts";

let files: Certificates;
beforeAll(() => {
  files = new Certificates();
  files.issue("server", "ca", 2);
  files.issue("client", "ca", 2);
});
afterAll(() => files.remove());

const servers: GoldmaneServer[] = [];
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  for (const server of servers.splice(0)) server.close();
});

async function newServer(): Promise<GoldmaneServer> {
  const server = new GoldmaneServer();
  servers.push(server);
  return server.listen(files);
}

function follow(
  server: GoldmaneServer,
  resumeFrom?: string,
  patience = quick,
): { hands: RecordingHands; stop(): Promise<void> } {
  const hands = new RecordingHands(resumeFrom);
  const tls = {
    caFile: files.path("ca.pem"),
    certFile: files.path("client.pem"),
    keyFile: files.path("client.key"),
  };
  const options = goldmaneOptions.parse({ address: `localhost:${server.port}`, tls, cluster: "eu-1" });
  const stopping = new AbortController();
  const machine = { stdin: (async function* () {})(), nowMs: () => Date.now() };
  const end = new GoldmaneSource("goldmane", options, machine, patience).run(hands, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await end;
  };
  stops.push(stop);
  return { hands, stop };
}

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
/** Beginning of the bucket so many buckets ago. */
const bucket = (ago: number): number => 15 * (Math.floor(Date.now() / 15_000) - ago);
const ports = ({ coarse }: RecordingHands): (number | undefined)[] => coarse.map(({ port }) => port);

describe("following Goldmane", () => {
  test("takes the hour that it keeps, and then what comes", async () => {
    const server = await newServer();
    server.push(bucket(230), numbers(1000, 20));
    const { hands } = follow(server);
    await eventually(() => hands.coarse.length === 20, "history");
    server.push(bucket(1), numbers(2000, 20));
    await eventually(() => hands.coarse.length === 40, "news");
    expect(new Set(ports(hands)).size).toBe(40);
    expect([hands.outages, hands.reasons, hands.between, hands.states.at(-1)]).toEqual([0, [], 0, ["running", ""]]);
    expect(server.requests[0]).toMatchObject({ filter: { reporter: 1 } });
  });

  test("is asked for a flow when it falls silent, and left when it does not answer", async () => {
    const server = await newServer();
    const { hands } = follow(server, undefined, { ...quick, answerMs: 1500, idleMs: 40 });
    server.push(bucket(2), [1000]);
    await eventually(() => hands.coarse.length === 1 && server.asked.length > 2, "questions");
    expect(server.asked[0]).toMatchObject({ start_time_gte: -15, page_size: 1 });
    expect(hands.states.filter(([state]) => state === "retrying")).toEqual([]);
    server.isStalled = true;
    await eventually(() => hands.states.some(([state]) => state === "retrying"), "a complaint");
    expect(hands.states.find(([state]) => state === "retrying")?.[1]).toMatch(/ does not answer; next attempt in 1 s$/);
    server.isStalled = false;
    server.push(bucket(1), [2000]);
    await eventually(() => hands.coarse.length === 2, "the next flow");
    expect([ports(hands), hands.outages]).toEqual([[1000, 2000], 0]);
  });

  test("says what staged policies would do differently, until they would not", async () => {
    const server = await newServer();
    const { hands } = follow(server);
    await eventually(() => server.calls.size === 1, "a call");
    const hit = (name: string, action: string, policy_index: number): object => ({ name, action, policy_index });
    const trace = (...pending: object[]): object => ({
      policies: { enforced_policies: [hit("open", "Allow", 0)], pending_policies: pending },
    });
    const told = (): string | undefined => hands.states.at(-1)?.[1];
    server.push(bucket(3), [443, 80], trace(hit("first", "Pass", 0), hit("strict", "Deny", 1)));
    server.push(bucket(3), [22], { action: "Deny", ...trace(hit("first", "Pass", 0), hit("lax", "Allow", 1)) });
    server.push(bucket(3), [53], trace(hit("open", "Allow", 0)));
    await eventually(() => hands.coarse.length === 4, "flows");
    expect(told()).toBe(
      "staged policies would deny shop/Deployment/cart → pub tcp/443 and 1 more, allowed now; " +
        "and allow shop/Deployment/cart → pub tcp/22, denied now",
    );
    expect(hands.coarse.map(({ verdict }) => verdict)).toEqual(["allowed", "allowed", "denied", "allowed"]);
    server.push(bucket(2), [443, 80, 22], trace(hit("open", "Allow", 0)));
    await eventually(() => told() === "", "silence");
    expect(hands.outages).toBe(0);
  });

  test.each(["broken", "ended"])(
    "a connection that is %s within a bucket costs nothing and doubles nothing",
    async (how) => {
      const server = await newServer();
      const { hands } = follow(server);
      await eventually(() => server.calls.size === 1, "a call");
      server.push(bucket(4), numbers(1000, 30));
      server.push(bucket(3), numbers(1000, 30));
      await eventually(() => hands.coarse.length === 60, "the first half");
      if (how === "broken") server.close();
      else server.endCalls();
      server.push(bucket(3), numbers(2000, 30));
      server.push(bucket(2), numbers(1000, 30));
      if (how === "broken") await server.listen(files);
      await eventually(() => hands.coarse.length >= 120, "the second half");
      const keys = hands.coarse.map(({ atMs, port }) => `${atMs} ${port}`);
      expect([keys.length, new Set(keys).size, hands.outages]).toEqual([120, 120, 0]);
    },
  );

  test("a restart goes on where the stored position is", async () => {
    const server = await newServer();
    server.push(bucket(5), numbers(1000, 20));
    const first = follow(server);
    await eventually(() => first.hands.coarse.length === 20, "the first life");
    await first.stop();
    server.push(bucket(5), numbers(2000, 10));
    server.push(bucket(4), numbers(3000, 10));
    const second = follow(server, first.hands.positions.at(-1));
    await eventually(() => second.hands.coarse.length >= 20, "the second life");
    expect(ports(second.hands)).toEqual([...numbers(2000, 10), ...numbers(3000, 10)]);
    expect(second.hands.outages).toBe(0);
  });

  test("whoever was away for longer than Goldmane remembers gets all that is left, and an outage", async () => {
    const server = await newServer();
    server.push(bucket(230), numbers(1000, 5));
    const seen = new SeenEvents(0);
    const longAgoUs = 1000 * Date.now() - 7_200_000_000;
    seen.admit("goldmane", longAgoUs, 1, longAgoUs);
    const { hands } = follow(server, seen.position(longAgoUs));
    await eventually(() => hands.coarse.length === 5, "what is left");
    expect(hands.outages).toBe(1);
  });

  test("buckets that were forgotten while nobody listened are an outage", async () => {
    const server = await newServer();
    server.push(bucket(30), numbers(1000, 5));
    const { hands } = follow(server);
    await eventually(() => hands.coarse.length === 5, "the first time");
    server.endCalls();
    server.forget(bucket(10));
    server.push(bucket(10), numbers(2000, 5));
    await eventually(() => hands.coarse.length === 10, "the second time");
    expect(hands.outages).toBe(1);
  });
});
