import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentLines } from "./recent-lines.ts";
import { TimeWindows } from "./time-windows.ts";

const second = 1_000_000_000n;
const startMs = 1_700_000_000_000;
const start = BigInt(startMs) * 1_000_000n;

interface Line {
  readonly id: number;
  /** Seconds after the start. */
  readonly at: number;
  /** Seconds after `at` when it can be found. */
  readonly lateBy: number;
}

/** Reads as the source does, from a Loki that is a list; looks at the given seconds. */
class Reader {
  readonly taken: number[] = [];
  gaps = 0;
  requests = 0;
  private readonly windows: TimeWindows;
  private readonly recent = new RecentLines(7);

  constructor(from: bigint, limit: number) {
    this.windows = new TimeWindows(from, { delayMs: 10_000, overlapMs: 20_000, limit });
  }

  get position(): bigint {
    return this.windows.position;
  }

  look(lines: readonly Line[], nowSeconds: number, answers = Infinity): void {
    this.windows.look(startMs + nowSeconds * 1000);
    for (let answered = 0; answered < answers; answered += 1) {
      const window = this.windows.next();
      if (window === undefined) return;
      this.requests += 1;
      const timeOf = ({ at }: Line): bigint => start + BigInt(Math.round(at * 1000)) * 1_000_000n;
      const found = lines
        .filter((line) => line.at + line.lateBy <= nowSeconds)
        .filter((line) => timeOf(line) >= window.from && timeOf(line) < window.to)
        .toSorted((a, b) => a.at - b.at)
        .slice(0, window.limit);
      const last = found.at(-1);
      const facts = { count: found.length, last: last === undefined ? window.from : timeOf(last) };
      const { before, isGap } = this.windows.answered(window, facts);
      if (isGap) this.gaps += 1;
      for (const line of found) {
        if (timeOf(line) < before && this.recent.add(line.id, timeOf(line))) this.taken.push(line.id);
      }
      this.windows.forgetBefore(this.recent.forget(this.windows.oldestAsked));
    }
  }
}

const someLines = fc
  .array(fc.record({ at: fc.integer({ min: 0, max: 600 }), lateBy: fc.integer({ min: 0, max: 15 }) }), {
    maxLength: 200,
  })
  .map((lines) => lines.map((line, id): Line => ({ ...line, id })));

test("every line that comes in time is taken, once, whatever the limit", () => {
  fc.assert(
    fc.property(
      someLines,
      fc.integer({ min: 30, max: 300 }),
      fc.integer({ min: 1, max: 15 }),
      (lines, limit, every) => {
        // 200 lines of whole seconds: no instant has more than the limit.
        const crowd = Math.max(0, ...[...Map.groupBy(lines, ({ at }) => at).values()].map(({ length }) => length));
        fc.pre(crowd < limit);
        const reader = new Reader(start, limit);
        for (let now = 0; now <= 660; now += every) reader.look(lines, now);
        expect(reader.taken.toSorted((a, b) => a - b)).toEqual(lines.map(({ id }) => id));
        expect(reader.gaps).toBe(0);
      },
    ),
  );
});

test("who goes on from a position takes the rest, and nothing again", () => {
  const inTime = someLines.map((lines) => lines.map((line) => ({ ...line, lateBy: 0 })));
  fc.assert(
    fc.property(inTime, fc.integer({ min: 50, max: 700 }), fc.integer({ min: 0, max: 30 }), (lines, at, answers) => {
      const first = new Reader(start, 250);
      first.look(lines, at, answers);
      const second = new Reader(first.position, 250);
      second.look(lines, 700);
      second.look(lines, 710);
      const both = [...first.taken, ...second.taken].toSorted((a, b) => a - b);
      expect(both).toEqual(lines.map(({ id }) => id));
    }),
  );
});

test("more lines of one instant than fit an answer are a gap, and reading goes on behind it", () => {
  const crowd = Array.from({ length: 30 }, (_, id): Line => ({ id, at: 5, lateBy: 0 }));
  const reader = new Reader(start, 10);
  reader.look([...crowd, { id: 99, at: 6, lateBy: 0 }], 20);
  expect(reader.gaps).toBe(1);
  expect(reader.taken).toHaveLength(11);
  expect(reader.taken).toContain(99);
});

test("spans shrink where there is much, and grow where there is nothing", () => {
  const month = new TimeWindows(start, { delayMs: 0, overlapMs: 0, limit: 100 });
  month.look(startMs + 30 * 86_400_000);
  let requests = 0;
  for (let window = month.next(); window !== undefined; window = month.next()) {
    month.answered(window, { count: 0, last: window.from });
    requests += 1;
  }
  // An hour each, once it is seen that there is nothing.
  expect(requests).toBeLessThan(30 * 24 + 10);
  const busy = new TimeWindows(start, { delayMs: 0, overlapMs: 0, limit: 100 });
  busy.look(startMs + 86_400_000);
  for (let i = 0; i < 20; i += 1) {
    const window = busy.next()!;
    expect(window.to - window.from).toBeGreaterThanOrEqual(second / 10n);
    busy.answered(window, { count: 100, last: window.from + 1_000_000n });
  }
  expect(busy.next()!.to - busy.next()!.from).toBe(second / 10n);
});

test("a server that cannot answer so much is asked for less, down to one line", () => {
  const windows = new TimeWindows(start, { delayMs: 0, overlapMs: 0, limit: 5000 });
  windows.look(startMs + 60_000);
  const limits: number[] = [];
  do limits.push(windows.next()!.limit);
  while (windows.askForFewer());
  expect(limits.slice(0, 3)).toEqual([5000, 2500, 1250]);
  expect(limits.at(-1)).toBe(1);
});
