import { FewAtOnce, givenUp } from "./few-at-once.ts";
import { HistoryUnavailable } from "./history-unavailable.ts";
import { hourMs } from "./rows/codes.ts";
import type { TrafficFilter, TrafficGroupQuery, TrafficReader, TrafficTimeQuery } from "./traffic-reader.ts";

export interface RememberedLimits {
  /**
   * Answers about windows up to this length hold for a moment: what just came in is what people look for there. Pages wait for longer than
   * this after news, so that they are not told what was before.
   */
  readonly shortMs: number;
  readonly shortHoldsMs: number;
  /** Both ends of a longer window are moved to the next such moment, so that who asks a little later asks the same. */
  readonly stepMs: number;
  /** An answer of this age is given, and asked anew behind it. */
  readonly freshMs: number;
  /** An older one is not given any more. */
  readonly staleMs: number;
  readonly answers: number;
  /** Rows asked for at once, from which pages are cut. */
  readonly rows: number;
  /** Questions about long windows that are under way at once, and as many about short ones, which do not wait for these. */
  readonly atOnce: number;
  readonly waiting: number;
  /** A question is worked on for so long after the last who waited for it left: who was told that it takes long asks again. */
  readonly lingerMs: number;
}

export const rememberedLimits: RememberedLimits = {
  shortMs: 26 * hourMs,
  shortHoldsMs: 200,
  stepMs: 60_000,
  freshMs: 30_000,
  staleMs: 900_000,
  answers: 300,
  rows: 1_000,
  atOnce: 2,
  waiting: 100,
  lingerMs: 6_000,
};

interface Remembered {
  readonly atMs: number;
  readonly answer: Promise<unknown>;
  refreshing: boolean;
  /** Who still waits for it. */
  wanted: number;
  /** Told when nobody does. */
  readonly onLeft: () => void;
}

/**
 * A reader that keeps its answers about long windows for some minutes, and those about short ones for as long as many pages ask at
 * once: a month of a large fleet takes seconds to add up, and hardly changes in one. Answers are given at once where there is one,
 * and brought up to date behind it when nothing else is under way.
 */
export function rememberedTraffic(
  reader: TrafficReader,
  nowMs: () => number,
  limits: RememberedLimits = rememberedLimits,
): TrafficReader {
  const answers = new Map<string, Remembered>();
  const turns = {
    long: new FewAtOnce(limits.atOnce, limits.waiting),
    short: new FewAtOnce(limits.atOnce, limits.waiting),
  };

  async function remembered<T>(
    isShort: boolean,
    key: string,
    ask: (left?: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (signal?.aborted === true) throw new HistoryUnavailable(givenUp);
    const turn = isShort ? turns.short : turns.long;
    const known = answers.get(key);
    const age = known === undefined ? Infinity : nowMs() - known.atMs;
    if (known === undefined || age > (isShort ? limits.shortHoldsMs : limits.staleMs)) {
      return waited(begin(turn, key, ask), signal);
    }
    // Used last goes last: the first is the one to forget.
    answers.delete(key);
    answers.set(key, known);
    if (age > limits.freshMs && !known.refreshing && turn.isFree) {
      known.refreshing = true;
      const next: Remembered = {
        atMs: nowMs(),
        answer: turn.run(ask, () => true),
        refreshing: false,
        wanted: 0,
        onLeft: () => {},
      };
      next.answer.then(
        () => answers.has(key) && answers.set(key, next),
        // The old answer stays; the next who asks tries again.
        () => {
          known.refreshing = false;
        },
      );
    }
    return waited(known, signal);
  }

  function begin(turn: FewAtOnce, key: string, ask: (left: AbortSignal) => Promise<unknown>): Remembered {
    const left = new AbortController();
    let isAnswered = false;
    const giveUp = (): void => {
      if (entry.wanted > 0 || isAnswered) return;
      forget();
      left.abort();
    };
    const onLeft = (): void => {
      if (limits.lingerMs === 0) giveUp();
      else setTimeout(giveUp, limits.lingerMs).unref();
    };
    const forget = (): void => {
      if (answers.get(key) === entry) answers.delete(key);
    };
    const isWanted = (): boolean => {
      // At once: nobody may join what is given up.
      if (entry.wanted === 0) forget();
      return entry.wanted > 0;
    };
    const answer = turn.run(async () => ask(left.signal), isWanted);
    const entry: Remembered = { atMs: nowMs(), answer, refreshing: false, wanted: 0, onLeft };
    answers.delete(key);
    answers.set(key, entry);
    void answer.then(() => (isAnswered = true), forget);
    const [oldest] = answers.keys();
    if (answers.size > limits.answers && oldest !== undefined) answers.delete(oldest);
    return entry;
  }

  const isShort = ({ window }: TrafficFilter): boolean => window.toMs - window.fromMs <= limits.shortMs;
  const rounded = <Q extends TrafficFilter>(query: Q): Q => {
    if (isShort(query)) return query;
    const step = (ms: number): number => Math.ceil(ms / limits.stepMs) * limits.stepMs;
    return { ...query, window: { fromMs: step(query.window.fromMs), toMs: step(query.window.toMs) } };
  };

  /** A window that ends now moves on with the clock and stays the same question: the answer's age says how far it is behind. */
  const keyOf = (question: string, { window, ...query }: TrafficGroupQuery | TrafficTimeQuery): string => {
    const slackMs = window.toMs - window.fromMs <= limits.shortMs ? limits.shortHoldsMs : 2 * limits.stepMs;
    const isMoving = Math.abs(window.toMs - nowMs()) <= slackMs;
    const text = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
    return JSON.stringify([question, isMoving ? window.toMs - window.fromMs : window, query], text);
  };

  return {
    sums: async (query, signal) => {
      const end = query.offset + query.limit;
      if (end > limits.rows) {
        const turn = isShort(query) ? turns.short : turns.long;
        const answer = turn.run(
          async () => reader.sums(query, signal),
          () => signal?.aborted !== true,
        );
        return waited({ atMs: nowMs(), answer, refreshing: false, wanted: 0, onLeft: () => {} }, signal);
      }
      const whole = { ...rounded(query), offset: 0, limit: limits.rows };
      const ask = async (left?: AbortSignal): ReturnType<TrafficReader["sums"]> => reader.sums(whole, left);
      const { rows, total } = await remembered(isShort(query), keyOf("sums", whole), ask, signal);
      return { rows: rows.slice(query.offset, end), total };
    },
    overTime: async (query, signal) => {
      const whole = rounded(query);
      return remembered(isShort(query), keyOf("time", whole), async (left) => reader.overTime(whole, left), signal);
    },
  };
}

/** The answer, for as long as somebody waits: others may wait for the same one. */
async function waited<T>(entry: Remembered, signal: AbortSignal | undefined): Promise<T> {
  entry.wanted += 1;
  if (signal === undefined) return entry.answer as Promise<T>;
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => {
    entry.wanted -= 1;
    if (entry.wanted === 0) entry.onLeft();
    reject(new HistoryUnavailable(givenUp));
  };
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return (await Promise.race([entry.answer, promise])) as T;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
