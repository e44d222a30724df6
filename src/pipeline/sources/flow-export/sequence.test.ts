import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprintOf, SequenceTracker } from "./sequence.ts";

interface Message {
  readonly sequence: number;
  readonly units: number;
}

/** Messages of a stream, by how much each holds. */
function stream(first: number, sizes: readonly number[]): readonly Message[] {
  let sequence = first;
  return sizes.map((units) => {
    const message = { sequence: sequence >>> 0, units };
    sequence += units;
    return message;
  });
}

function feed(tracker: SequenceTracker, messages: readonly Message[]): readonly boolean[] {
  return messages.map(({ sequence, units }) => {
    const isNew = tracker.arrive(sequence, units);
    if (isNew) tracker.advance(sequence, { units, otherUnits: -1, includedUnits: -1 });
    return isNew;
  });
}

function lostOf(tracker: SequenceTracker): number {
  tracker.settle();
  return tracker.takeLost();
}

const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 200 });
/** Not the small numbers by which an exporter that has just begun shows how it counts. */
const first = fc.oneof(fc.constant(0), fc.constant(2 ** 32 - 50), fc.integer({ min: 31, max: 2 ** 32 - 1 }));

describe("laws of sequence numbers", () => {
  test("nothing is lost of what comes in order, also over the end of 32 bits", () => {
    fc.assert(
      fc.property(first, sizes, (from, all) => {
        const tracker = new SequenceTracker(1 << 22);
        feed(tracker, stream(from, all));
        expect([lostOf(tracker), tracker.restarts, tracker.duplicates]).toEqual([0, 0, 0]);
      }),
    );
  });

  test("what is missing between the first and the last message is lost, exactly", () => {
    fc.assert(
      fc.property(first, sizes, fc.infiniteStream(fc.boolean()), (from, all, dice) => {
        const messages = stream(from, all);
        const kept = messages.filter((_, i) => i === 0 || i === messages.length - 1 || dice.next().value === true);
        const tracker = new SequenceTracker(1 << 22);
        feed(tracker, kept);
        const sum = (of: readonly Message[]): number => of.reduce((total, { units }) => total + units, 0);
        expect([lostOf(tracker), tracker.restarts]).toEqual([sum(messages) - sum(kept), 0]);
      }),
    );
  });

  test("messages that overtake each other lose nothing, and repeated ones are told", () => {
    fc.assert(
      fc.property(first, sizes, fc.infiniteStream(fc.nat(3)), (from, all, dice) => {
        const messages = [...stream(from, all)];
        // Neighbours change places; the first stays, as nothing is known before it.
        for (let i = 1; i + 1 < messages.length; i += 2) {
          if (dice.next().value === 0) [messages[i], messages[i + 1]] = [messages[i + 1]!, messages[i]!];
        }
        const repeated = messages.flatMap((one) => (dice.next().value === 1 ? [one, one] : [one]));
        const tracker = new SequenceTracker(1 << 22);
        const isNew = feed(tracker, repeated);
        expect(lostOf(tracker)).toBe(0);
        expect(isNew.filter(Boolean)).toHaveLength(messages.length);
        expect(tracker.duplicates).toBe(repeated.length - messages.length);
      }),
    );
  });

  test("over a restart, with messages that overtake each other and some that are lost, losses are exact", () => {
    const life = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 12, maxLength: 60 }),
      dice: fc.infiniteStream(fc.nat(9)),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(300_000, 5_000_000, 2 ** 31 - 1, 3_000_000_000),
        fc.tuple(life, life),
        (from, lives) => {
          const tracker = new SequenceTracker(1 << 22);
          let lost = 0;
          for (const [i, { sizes: all, dice }] of lives.entries()) {
            const messages = stream(i === 0 ? from : 0, all);
            const kept = messages.filter((_, at) => at < 4 || at > all.length - 4 || dice.next().value !== 0);
            lost +=
              messages.reduce((sum, { units }) => sum + units, 0) - kept.reduce((sum, { units }) => sum + units, 0);
            const sent = [...kept];
            for (let at = 4; at + 3 < sent.length; at += 2) {
              if (dice.next().value! < 3) [sent[at], sent[at + 1]] = [sent[at + 1]!, sent[at]!];
            }
            feed(tracker, sent);
          }
          expect([lostOf(tracker), tracker.restarts]).toEqual([lost, 1]);
        },
      ),
    );
  });

  test("whatever the numbers, memory and losses stay bounded", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: -1, max: 40 })), { maxLength: 300 }),
        (all) => {
          const tracker = new SequenceTracker(1 << 16);
          feed(
            tracker,
            all.map(([sequence, units]) => ({ sequence, units })),
          );
          const lost = lostOf(tracker);
          expect(lost).toBeGreaterThanOrEqual(0);
          expect(lost).toBeLessThanOrEqual(all.length * (1 << 16));
        },
      ),
    );
  });
});

test("an exporter that starts over is a restart and no loss", () => {
  const tracker = new SequenceTracker(1 << 22);
  feed(tracker, stream(900, [10, 10, 10]));
  feed(tracker, stream(0, [10, 10, 10, 10]));
  expect([lostOf(tracker), tracker.restarts]).toEqual([0, 1]);
});

test("a jump beyond all loss is a restart", () => {
  const tracker = new SequenceTracker(1000);
  feed(tracker, stream(0, [10, 10]));
  feed(tracker, stream(1_000_000, [10, 10]));
  expect([lostOf(tracker), tracker.restarts]).toEqual([0, 1]);
});

test("late messages cannot cut one gap into any number of gaps: the oldest are given up", () => {
  const tracker = new SequenceTracker(1 << 22);
  feed(tracker, [
    { sequence: 0, units: 1 },
    { sequence: 100_000, units: 1 },
  ]);
  const late = Array.from({ length: 1000 }, (_, i) => ({ sequence: 11 + 10 * i, units: 1 }));
  feed(tracker, late);
  // Of the gaps between late messages, all but the last few are settled as lost without being asked.
  expect(tracker.takeLost()).toBeGreaterThan(9 * 900);
  expect(lostOf(tracker)).toBeGreaterThan(80_000);
});

test("an exporter that counts messages where records are due is understood, and loses nothing", () => {
  const tracker = new SequenceTracker(1 << 22);
  for (let sequence = 0; sequence < 20; sequence += 1) {
    tracker.arrive(sequence, sequence);
    tracker.advance(sequence, { units: 25, otherUnits: 1, includedUnits: 25 });
  }
  expect([lostOf(tracker), tracker.isOtherUnit]).toEqual([0, true]);
});

test("an exporter that counts records where messages are due is understood, and loses nothing", () => {
  const tracker = new SequenceTracker(1 << 16);
  for (let message = 0; message < 20; message += 1) {
    tracker.arrive(25 * message, message);
    tracker.advance(25 * message, { units: 1, otherUnits: 25, includedUnits: -1 });
  }
  expect([lostOf(tracker), tracker.isOtherUnit]).toEqual([0, true]);
});

test("an exporter whose number includes the message's own records, but no options, loses nothing", () => {
  const tracker = new SequenceTracker(1 << 22);
  let sequence = 0;
  for (const [i, units] of [20, 25, 18, 17, 20, 16, 30, 1, 9].entries()) {
    sequence += units;
    tracker.arrive(sequence, i);
    tracker.advance(sequence, { units: units + (i % 3 === 0 ? 1 : 0), otherUnits: 1, includedUnits: units });
  }
  expect([lostOf(tracker), tracker.restarts]).toEqual([0, 0]);
});

/** Messages whose number is that of their last record; `from` is the first record's. */
function numberedByLast(from: number, sizesOf: readonly number[]): readonly Message[] {
  let record = from - 1;
  return sizesOf.map((units) => ({ sequence: (record += units) >>> 0, units }));
}

test("an exporter that numbers a message by its last record loses nothing, from its first message on", () => {
  // As Open vSwitch sent them.
  const messages = numberedByLast(0, [30, 28, 1]);
  expect(messages.map(({ sequence }) => sequence)).toEqual([29, 57, 58]);
  const tracker = new SequenceTracker(1 << 22);
  feed(tracker, messages);
  expect([lostOf(tracker), tracker.restarts]).toEqual([0, 0]);
});

test("an exporter that numbers messages by their last records is understood in the middle, and its losses are exact", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 12, maxLength: 100 }), fc.nat(), (all, from) => {
      const messages = numberedByLast(from + 40, [30, 17, 30, 12, 30, 29, ...all, 5]);
      const lostAt = messages.length - 2;
      const tracker = new SequenceTracker(1 << 22);
      feed(
        tracker,
        messages.filter((_, i) => i !== lostAt),
      );
      expect([lostOf(tracker), tracker.restarts]).toEqual([messages[lostAt]!.units, 0]);
    }),
  );
});

test("an exporter whose first message includes itself is understood at once", () => {
  const tracker = new SequenceTracker(1 << 22);
  let sequence = 0;
  for (const [i, units] of [20, 25, 18].entries()) {
    sequence += units;
    tracker.arrive(sequence, i);
    tracker.advance(sequence, { units, otherUnits: 1, includedUnits: units });
  }
  expect([lostOf(tracker), tracker.restarts]).toEqual([0, 0]);
});

test("templates before the first record do not say with what number records begin", () => {
  const tracker = new SequenceTracker(1 << 22);
  feed(tracker, [{ sequence: 1, units: 0 }, ...stream(2, [1, 1, 1])]);
  expect([lostOf(tracker), tracker.restarts]).toEqual([0, 0]);
});

test("after a message whose records could not be counted any number is right", () => {
  const tracker = new SequenceTracker(1 << 22);
  feed(tracker, [
    { sequence: 0, units: -1 },
    { sequence: 500, units: 10 },
    { sequence: 510, units: 10 },
  ]);
  expect([lostOf(tracker), tracker.restarts]).toEqual([0, 0]);
});

test("fingerprints tell datagrams apart by any byte of the header", () => {
  const datagram = (change: number): DataView => {
    const bytes = new Uint8Array(1400).fill(7);
    bytes[change] = 8;
    return new DataView(bytes.buffer);
  };
  const prints = Array.from({ length: 20 }, (_, at) => fingerprintOf(datagram(at)));
  expect(new Set(prints).size).toBe(20);
});
