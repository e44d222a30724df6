import type { ObserverLog, ObserverStatus } from "../../../../app/live/observer-status.ts";
import { printable } from "../../../../core/quoted.ts";
import type { Context } from "../../context.ts";
import { dim, paint, red, text, yellow } from "../../terminal/text.ts";
import { cut } from "../../terminal/width.ts";
import { bytes, count } from "../../words/count.ts";

const drawEveryMs = 1000;

/** What an observer does, for somebody who looks at a terminal: events as lines, and one line that stays below them. */
export class StatusLine implements ObserverLog {
  readonly #context: Pick<Context, "io" | "err">;
  #timer: NodeJS.Timeout | undefined;
  #status: (() => ObserverStatus) | undefined;
  #before: { readonly atMs: number; readonly records: number } | undefined;
  #isDrawn = false;

  constructor(context: Pick<Context, "io" | "err">) {
    this.#context = context;
  }

  start(status: () => ObserverStatus): void {
    this.#status = status;
    // A dumb terminal cannot go back to the start of a line.
    if (this.#context.io.env.TERM !== "dumb") this.#timer = setInterval(() => this.#draw(), drawEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  say(level: "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#clear();
    const label = { info: dim("info"), warn: yellow("warning"), error: red("error") }[level];
    const said = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${printable(typeof value === "string" ? value : JSON.stringify(value))}`);
    this.#context.err.line(text`${label}: ${message} ${dim(said.join(" "))}`, 2);
  }

  #draw(): void {
    const { io, err } = this.#context;
    if (this.#status === undefined) return;
    const status = this.#status();
    const nowMs = io.nowMs();
    const records = status.sources.reduce((sum, { totals }) => sum + totals.records, 0);
    const rate =
      this.#before === undefined
        ? 0
        : (1000 * (records - this.#before.records)) / Math.max(1, nowMs - this.#before.atMs);
    this.#before = { atMs: nowMs, records };
    const line = cut(text`${statusWords(status, records, rate)}`, err.view.columns - 1);
    io.stderr.write(`\r${paint(line, err.view.hasColour)}\u001b[K`);
    this.#isDrawn = true;
  }

  #clear(): void {
    if (this.#isDrawn) this.#context.io.stderr.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}

/** `2 of 3 sources running · 12,345 records, 980/s · 340 edges · 2 batches waiting (1.2 MiB)`. */
export function statusWords({ sources, batches, outbox }: ObserverStatus, records: number, rate: number): string {
  const running = sources.filter(({ state }) => state === "running").length;
  const of = running === sources.length ? count(running, "source") : `${running} of ${count(sources.length, "source")}`;
  const waiting =
    outbox.batches === 0
      ? "all delivered"
      : `${count(outbox.batches, "batch", "batches")} waiting (${bytes(outbox.bytes)})`;
  const speed = `${Math.round(Math.max(0, rate)).toLocaleString("en-US")}/s`;
  return [`${of} running`, `${count(records, "record")}, ${speed}`, count(batches.edges, "edge"), waiting].join(" · ");
}
