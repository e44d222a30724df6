import { randomInt } from "node:crypto";
import type { SourceHands } from "../../app/live/live-source.ts";
import { NetobservDecoder } from "../../pipeline/sources/netobserv/decode.ts";
import { recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import { RecordFeeder } from "../../pipeline/sources/record-feeder.ts";
import type { LokiEntry } from "./entries.ts";
import { LateLines } from "./late-lines.ts";
import type { LokiOptions } from "./options.ts";
import type { LokiPage } from "./page.ts";
import { formatPosition, parsePosition } from "./position.ts";
import { RecentLines } from "./recent-lines.ts";
import { TimeWindows, type TimeWindow } from "./time-windows.ts";

/**
 * How far a query was read, and what was taken.
 *
 * INVARIANT (prefix): lines are taken and the position is said in one go.
 */
export class LokiReading {
  readonly windows: TimeWindows;
  private readonly hands: SourceHands;
  private readonly feeder: RecordFeeder;
  private readonly recent: RecentLines;
  private readonly late = new LateLines();
  /** Nothing older was asked for since the look began. Lines from there on are known, for those that a tail brings late. */
  private askedFrom: bigint;

  constructor({ sinceMinutes, delaySeconds, overlapSeconds, limit }: LokiOptions, nowMs: number, hands: SourceHands) {
    const beginMs = nowMs - Math.max(sinceMinutes * 60, delaySeconds) * 1000;
    const position = parsePosition(hands.resumeFrom);
    const remembered = position?.recent;
    this.recent = new RecentLines(remembered?.key ?? randomInt(2 ** 32));
    if (remembered !== undefined) this.recent.restore(remembered);
    const begin = position?.before ?? BigInt(Math.floor(beginMs / 1000)) * 1_000_000_000n;
    const spans = { delayMs: delaySeconds * 1000, overlapMs: overlapSeconds * 1000, limit };
    this.windows = new TimeWindows(begin, spans, remembered?.since);
    this.askedFrom = this.windows.oldestAsked;
    this.hands = hands;
    this.feeder = new RecordFeeder(new NetobservDecoder(hands.take), (error, sample) =>
      hands.malformed(recordErrorText[error], sample),
    );
    this.tell();
  }

  /** A look begins: what is known to be older than all that it asks for is let go. */
  begin(): void {
    this.askedFrom = this.windows.oldestAsked;
    this.forget();
  }

  takePage({ entries }: LokiPage, window: TimeWindow): void {
    const { windows, hands } = this;
    const last = entries.at(-1)?.time ?? window.from;
    const { before, isGap } = windows.answered(window, { count: entries.length, last });
    if (isGap) hands.outage();
    for (const { time, line, labelBytes } of entries) {
      if (time >= before) break;
      if (this.recent.add(this.recent.hash(line, labelBytes, time), time)) this.feeder.add(line);
    }
    this.finish();
  }

  /**
   * Takes lines that a tail brought, in any order, all of them older than the position. Those older than what is asked for
   * cannot have been read before, however late they are.
   */
  takeTailed(entries: readonly LokiEntry[], nowMs: number): void {
    for (const { time, line, labelBytes } of entries) {
      const hash = this.recent.hash(line, labelBytes, time);
      const isNew = time < this.askedFrom ? this.late.add(hash, nowMs) : this.recent.add(hash, time);
      if (isNew) this.feeder.add(line);
    }
    this.finish();
  }

  /** How many different lines of a span were taken, or wait to be. */
  countWith(waiting: readonly LokiEntry[], { from, to }: Pick<TimeWindow, "from" | "to">): number {
    const fresh = new Set<number>();
    for (const { time, line, labelBytes } of waiting) {
      if (time < from || time >= to) continue;
      const hash = this.recent.hash(line, labelBytes, time);
      if (!this.recent.isKnown(hash, time)) fresh.add(hash);
    }
    return this.recent.countBetween(from, to) + fresh.size;
  }

  private finish(): void {
    this.feeder.flush();
    this.forget();
    this.tell();
  }

  private forget(): void {
    this.windows.forgetBefore(this.recent.forget(this.askedFrom));
  }

  private tell(): void {
    const { position, oldestAsked } = this.windows;
    this.hands.reached(formatPosition(position, this.recent.key, this.recent.remember(oldestAsked)));
  }
}
