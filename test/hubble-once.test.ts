import fc from "fast-check";
import { expect, test } from "vitest";
import { EventTaker } from "../src/adapters/grpc/hubble/event-taker.ts";
import { SeenEvents } from "../src/adapters/grpc/seen-events.ts";
import type { SourceHands } from "../src/app/live/live-source.ts";
import type { Observation } from "../src/pipeline/sources/observation.ts";
import { encodeGetFlowsResponse } from "./protos/observer.ts";

/**
 * A cluster's relay in a time of its own: nodes with clocks that differ keep their events nearly in order, and the relay
 * merges them as it likes, loses nodes and asks them again, loses us, and repeats itself. Whatever happens, an observer that
 * also dies now and then must have counted every event once. The obvious count is that of the events that were made.
 */
const names = ["n1", "n2", "n3"] as const;
type Node = (typeof names)[number];

const secondUs = 1_000_000;
const startUs = 1_800_000_000 * secondUs;
/** The relay holds nothing back for longer than this. */
const patienceUs = 8 * secondUs;
/** So long it gathers errors before it tells of them. */
const tellsAfterUs = 5 * secondUs;

interface Made {
  readonly atUs: number;
  readonly bytes: Buffer;
}
interface Waiting extends Made {
  readonly dueUs: number;
}

const messageOf = (port: number, node: Node, atUs: number, hasUuid: boolean): Buffer => {
  const time = { seconds: Math.floor(atUs / secondUs), nanos: (atUs % secondUs) * 1000 };
  const flow = {
    time,
    verdict: "FORWARDED",
    IP: { source: "10.128.0.7", destination: "198.51.100.7" },
    l4: { TCP: { source_port: port, destination_port: 443, flags: { SYN: true } } },
    source: { identity: 4711, namespace: "shop", pod_name: "cart-0" },
    destination: { identity: 2 },
    node_name: node,
    event_type: { type: 4 },
    traffic_direction: "EGRESS",
    trace_observation_point: "TO_STACK",
    ...(hasUuid ? { uuid: `uuid-${port}` } : {}),
  };
  return encodeGetFlowsResponse({ flow, node_name: node, time });
};

const statusOf = (state: string, node: Node): Buffer =>
  encodeGetFlowsResponse({ node_status: { state_change: state, node_names: [node] } });

class World {
  nowUs = startUs;
  made = 0;
  counts = new Map<number, number>();
  private readonly skewUs: Readonly<Record<Node, number>>;
  private readonly kept: Record<Node, Made[]> = { n1: [], n2: [], n3: [] };
  private queues: Record<Node, Waiting[]> = { n1: [], n2: [], n3: [] };
  private readonly lost = new Set<Node>();
  private tells: { atUs: number; node: Node }[] = [];
  private callSinceUs = 0;
  private seen = new SeenEvents(startUs - 3600 * secondUs);
  private taker = this.newTaker();
  private stored: { position: string; counts: ReadonlyMap<number, number> }[] = [];

  constructor(skewUs: Readonly<Record<Node, number>>) {
    this.skewUs = skewUs;
    this.connect();
    for (const node of names) this.make(node, 0, false);
    this.pass([0], Number.POSITIVE_INFINITY, false);
  }

  /** A node records an event; its clock may jump back and forth by less than the disorder that is allowed for. */
  make(node: Node, jitterUs: number, hasUuid: boolean): void {
    this.made += 1;
    const atUs = this.nowUs + this.skewUs[node] - jitterUs;
    const event = { atUs, bytes: messageOf(this.made, node, atUs, hasUuid) };
    this.kept[node].push(event);
    if (!this.lost.has(node)) this.queues[node].push({ ...event, dueUs: this.nowUs + patienceUs });
  }

  /** Time goes by; what is due is passed on, and what is to be told is told. */
  wait(us: number): void {
    const endUs = this.nowUs + us;
    for (;;) {
      const dues = names.flatMap((node) => this.queues[node][0]?.dueUs ?? []);
      const next = Math.min(endUs, ...dues, ...this.tells.map(({ atUs }) => atUs));
      this.nowUs = Math.max(this.nowUs, next);
      for (const { node } of this.tells.filter(({ atUs }) => atUs <= this.nowUs)) {
        this.taker.take([statusOf("NODE_ERROR", node)]);
      }
      this.tells = this.tells.filter(({ atUs }) => atUs > this.nowUs);
      for (const node of names) {
        const due = this.queues[node].filter(({ dueUs }) => dueUs <= this.nowUs);
        this.queues[node].splice(0, due.length);
        if (due.length > 0) this.taker.take(due.map(({ bytes }) => bytes));
      }
      if (this.nowUs >= endUs) return;
    }
  }

  /** The relay passes on some of what waits, each node's in its order. */
  pass(order: readonly number[], count: number, isTwice: boolean): void {
    const piece: Buffer[] = [];
    for (let i = 0; i < count; i += 1) {
      const full = names.filter((node) => this.queues[node].length > 0);
      if (full.length === 0) break;
      const { bytes } = this.queues[full[order[i % order.length]! % full.length]!].shift()!;
      piece.push(bytes, ...(isTwice ? [bytes] : []));
    }
    this.taker.take(piece);
  }

  /** The relay loses a node, and what it had of it. */
  lose(node: Node): void {
    if (this.lost.has(node)) return;
    this.lost.add(node);
    this.queues[node] = [];
    this.tells.push({ atUs: this.nowUs + tellsAfterUs, node });
  }

  /** It has the node again, and asks it from where the call began. */
  find(node: Node, isTold: boolean): void {
    if (!this.lost.delete(node)) return;
    if (isTold) this.taker.take([statusOf("NODE_CONNECTED", node)]);
    this.queues[node] = this.answer(node);
  }

  /** The connection breaks, and a new one is made. */
  reconnect(): void {
    this.connect();
  }

  /** The observer dies and begins again with what it stored last, or before that. */
  restart(back: number): void {
    const last = this.stored.at(-1 - back) ?? this.stored[0];
    this.counts = new Map(last?.counts);
    this.seen = new SeenEvents(startUs - 3600 * secondUs, last?.position);
    this.taker = this.newTaker();
    this.stored = last === undefined ? [] : [last];
    this.connect();
  }

  finish(): void {
    for (const node of names) this.find(node, false);
    this.connect();
    this.pass([0, 1, 2], Number.POSITIVE_INFINITY, false);
  }

  private connect(): void {
    this.callSinceUs = this.seen.sinceUs(this.nowUs);
    this.seen.begin(this.callSinceUs, this.nowUs);
    this.tells = [];
    for (const node of names) {
      this.queues[node] = this.lost.has(node) ? [] : this.answer(node);
      if (this.lost.has(node)) this.taker.take([statusOf("NODE_UNAVAILABLE", node)]);
    }
  }

  private answer(node: Node): Waiting[] {
    const dueUs = this.nowUs + patienceUs;
    return this.kept[node].filter(({ atUs }) => atUs >= this.callSinceUs).map((event) => ({ ...event, dueUs }));
  }

  private newTaker(): EventTaker {
    const hands = {
      take: ({ sourcePort }: Observation) => void this.counts.set(sourcePort, (this.counts.get(sourcePort) ?? 0) + 1),
      reached: (position: string) => {
        this.stored.push({ position, counts: new Map(this.counts) });
        if (this.stored.length > 5) this.stored.shift();
      },
      received: () => undefined,
      outage: () => undefined,
      malformed: (reason: string) => {
        throw new Error(reason);
      },
    };
    return new EventTaker(this.seen, hands as unknown as SourceHands, () => this.nowUs);
  }
}

const node = fc.constantFrom(...names);
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("make" as const),
      node,
      steps: fc.array(fc.record({ waitUs: fc.oneof(fc.nat(20_000), fc.nat(3_000_000)), jitterUs: fc.nat(1_999_999) }), {
        minLength: 1,
        maxLength: 8,
      }),
      hasUuid: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("pass" as const),
      order: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
      count: fc.nat(20),
      isTwice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("wait" as const), us: fc.nat(100 * secondUs) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("lose" as const), node }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("find" as const), node, isTold: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("reconnect" as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("restart" as const), back: fc.nat(4) }) },
);
const skew = fc.integer({ min: -90 * secondUs, max: 8 * secondUs });

test("every event counts once, whatever relay, connections and restarts do", () => {
  const skews = fc.record({ n1: skew, n2: skew, n3: skew });
  fc.assert(
    fc.property(skews, fc.array(action, { maxLength: 60, size: "max" }), (skewUs, actions) => {
      const world = new World(skewUs);
      for (const one of actions) {
        if (one.what === "make") {
          for (const { waitUs, jitterUs } of one.steps) {
            world.wait(waitUs);
            world.make(one.node, jitterUs, one.hasUuid);
          }
        } else if (one.what === "pass") world.pass(one.order, one.count, one.isTwice);
        else if (one.what === "wait") world.wait(one.us);
        else if (one.what === "lose") world.lose(one.node);
        else if (one.what === "find") world.find(one.node, one.isTold);
        else if (one.what === "reconnect") world.reconnect();
        else world.restart(one.back);
      }
      world.finish();
      const wrong = Array.from({ length: world.made }, (_, i) => i + 1).filter((id) => world.counts.get(id) !== 1);
      expect(wrong.map((id) => [id, world.counts.get(id) ?? 0])).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 300) },
  );
});
