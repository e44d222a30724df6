import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePosition } from "./position.ts";
import { SeenEvents } from "./seen-events.ts";

interface Sent {
  readonly node: string;
  readonly atUs: number;
  readonly id: number;
}

const now = 1_800_000_000_000_000;
const second = 1_000_000;

/**
 * What nodes kept, in the order they sent it: nearly by time. The latest event is an hour old at most.
 */
const log = fc
  .array(fc.record({ node: fc.constantFrom("a", "b", "c"), step: fc.nat(3 * second), jitter: fc.nat(second) }), {
    minLength: 1,
    maxLength: 300,
  })
  .map((steps) => {
    let at = now - 1000 * second;
    const events = steps.map(({ node, step, jitter }, i) => ({ node, atUs: (at += step) - jitter, id: i + 1 }));
    return events;
  });

/** What a server sends from a time on; nodes interleave as they like, each in its own order. */
function answer(events: readonly Sent[], sinceUs: number, order: readonly number[]): Sent[] {
  const queues = ["a", "b", "c"].map((node) => events.filter((one) => one.node === node && one.atUs >= sinceUs));
  const sent: Sent[] = [];
  for (let i = 0; queues.some((queue) => queue.length > 0); i += 1) {
    const left = queues.filter((queue) => queue.length > 0);
    sent.push(left[order[i % order.length]! % left.length]!.shift()!);
  }
  return sent;
}

describe("events of a server that repeats itself", () => {
  test("count once each, through lost connections and restarts, whatever the order of the nodes", () => {
    const session = fc.record({
      known: fc.nat(300),
      length: fc.nat(400),
      order: fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
      isRestart: fc.boolean(),
    });
    fc.assert(
      fc.property(log, fc.array(session, { maxLength: 6 }), (events, sessions) => {
        let seen = new SeenEvents(0);
        const counts = new Map<number, number>();
        const last = { known: events.length, length: Number.POSITIVE_INFINITY, order: [0, 1, 2], isRestart: false };
        let known = 0;
        let clock = now;
        for (const each of [...sessions, last]) {
          known = Math.max(known, Math.min(each.known, events.length));
          if (each.isRestart) seen = new SeenEvents(0, seen.position(clock));
          const since = seen.sinceUs(clock);
          const sent = answer(events.slice(0, known), since, each.order);
          seen.begin(since, clock);
          for (const { node, atUs, id } of sent.slice(0, each.length)) {
            if (seen.admit(node, atUs, id, clock)) counts.set(id, (counts.get(id) ?? 0) + 1);
          }
          // Whoever got everything may wait for more.
          if (sent.length <= each.length) clock += 100 * second;
        }
        expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
        expect(counts.size).toBe(events.length);
      }),
      { numRuns: 300 },
    );
  });

  test("a wrong clock moves nothing", () => {
    const seen = new SeenEvents(0);
    expect(seen.admit("a", now + 86_400 * second, 1, now)).toBe(true);
    expect(seen.admit("a", now, 2, now)).toBe(true);
    seen.replay();
    expect([1, 2].map((id) => seen.admit("a", id === 1 ? now + 86_400 * second : now, id, now))).toEqual([
      false,
      false,
    ]);
    expect(seen.sinceUs(now)).toBeLessThanOrEqual(now);
  });

  test("a node that a relay repeats without saying so counts once", () => {
    const seen = new SeenEvents(now - 100 * second);
    seen.begin(seen.sinceUs(now), now);
    const sent = Array.from({ length: 60 }, (_, i) => ({ atUs: now - (60 - i) * second, id: i }));
    expect(sent.filter(({ atUs, id }) => seen.admit("a", atUs, id, now)).length).toBe(60);
    expect(sent.filter(({ atUs, id }) => seen.admit("a", atUs, id, now))).toEqual([]);
    expect(seen.admit("a", now, 60, now)).toBe(true);
  });

  test("an event within the disorder that is allowed for is late, not repeated", () => {
    const seen = new SeenEvents(0);
    for (let i = 0; i < 200_000; i += 1) seen.admit("a", now + i, i, now);
    expect(seen.admit("a", now - second, 200_000, now)).toBe(true);
  });

  test("a notice of lost events, which bears the time of the notice, ends no repetition and moves nothing", () => {
    const seen = new SeenEvents(now - 100 * second);
    const sent = Array.from({ length: 60 }, (_, i) => ({ atUs: now - (60 - i) * second, id: i }));
    for (const { atUs, id } of sent) seen.admit("a", atUs, id, now);
    const since = seen.sinceUs(now);
    seen.begin(since, now);
    expect(seen.admitNotice("a", now, 1000, now)).toBe(true);
    expect(seen.admitNotice("a", now, 1000, now)).toBe(false);
    expect(sent.filter(({ atUs, id }) => seen.admit("a", atUs, id, now))).toEqual([]);
    expect(seen.sinceUs(now)).toBe(since);
  });

  test("a node whose clock is ahead hides nothing of the others", () => {
    const seen = new SeenEvents(0);
    seen.admit("slow", now, 1, now);
    seen.admit("ahead", now + 600 * second, 2, now + 90 * second);
    expect(seen.sinceUs(now + 100 * second)).toBeLessThanOrEqual(now + 100 * second);
    expect(seen.coverage(now + 100 * second).get("slow")).toBeLessThanOrEqual(now + 100 * second);
  });

  test("asks for as much again as neighbours may be in the wrong order", () => {
    const seen = new SeenEvents(0);
    seen.admit("behind", now - 20 * second, 1, now);
    seen.admit("a", now, 2, now);
    expect(seen.sinceUs(now)).toBeLessThanOrEqual(now - 22 * second);
  });

  test("a node that is gone for good is forgotten, and makes nobody ask for an hour each time", () => {
    const seen = new SeenEvents(0);
    seen.admit("gone", now - 7200 * second, 1, now - 7200 * second);
    seen.setAway(["gone"], true, now - 7200 * second);
    seen.admit("a", now, 2, now);
    seen.begin(seen.sinceUs(now), now);
    const later = now + 100 * second;
    seen.admit("a", later, 3, later);
    expect(seen.sinceUs(later)).toBe(later - 10 * second);
  });

  test("a node that sends again is back, whether or not anybody says so", () => {
    const seen = new SeenEvents(0);
    seen.admit("a", now, 1, now);
    seen.setAway(["a"], true, now);
    seen.admit("a", now + second, 2, now + second);
    const later = now + 900 * second;
    seen.admit("b", later, 3, later);
    expect(seen.sinceUs(later)).toBe(later - 10 * second);
  });

  test("a life that saw no event is resumed from where it began", () => {
    const seen = new SeenEvents(0, new SeenEvents(now - 7 * second).position(now));
    expect([seen.isEmpty, seen.isResumed, seen.sinceUs(now + 900 * second)]).toEqual([true, true, now - 7 * second]);
  });

  test("an event without a time is new, for nobody can tell", () => {
    expect(new SeenEvents(0).admit("a", -1, 1, now)).toBe(true);
  });

  test("memory stays bounded, and so does the position", () => {
    const seen = new SeenEvents(0);
    for (let i = 0; i < 400_000; i += 1) seen.admit(`node-${i % 6000}`, now + i, i, now);
    const position = seen.position(now + second);
    expect(position.length).toBeLessThanOrEqual(65_536);
    const again = new SeenEvents(0, position);
    again.replay();
    const repeated = Array.from({ length: 1000 }, (_, k) => 399_000 + k).filter((i) =>
      again.admit(`node-${i % 6000}`, now + i, i, now),
    );
    expect(repeated).toEqual([]);
  });
});

describe("a position", () => {
  test.each([
    ["no JSON", "{"],
    ["another version", JSON.stringify({ v: 2, since: 0, rest: 0, nodes: [] })],
    ["a node without a time", JSON.stringify({ v: 1, since: 0, rest: 0, nodes: [["a"]] })],
    ["identities that are no base64", JSON.stringify({ v: 1, since: 0, rest: 0, nodes: [["a", 1, 1, "§"]] })],
  ])("that is %s is none", (_, text) => {
    expect(parsePosition(text)).toBeUndefined();
    const seen = new SeenEvents(7, text);
    expect([seen.isEmpty, seen.isResumed, seen.sinceUs(now)]).toEqual([true, false, 7]);
  });
});
