import type { Context } from "../context.ts";
import { bytes, duration } from "../words/count.ts";
import { paint, text } from "./text.ts";
import { cut, widthOf } from "./width.ts";

const drawEveryMs = 100;
/** Work that is done before anybody wonders draws nothing. */
const patienceMs = 400;
const barCells = 20;

/** One line on standard error that says how far something has come; nothing at all when that is no terminal. */
export class Progress {
  readonly #label: string;
  readonly #context: Context;
  readonly #startedMs: number;
  /** A dumb terminal cannot go back to the start of a line. */
  readonly #isShown: boolean;
  #drawnMs = 0;
  #isDrawn = false;

  constructor(label: string, context: Context) {
    this.#label = label;
    this.#context = context;
    this.#startedMs = context.io.nowMs();
    this.#isShown = context.err.view.isTerminal && context.io.env.TERM !== "dumb";
  }

  /** @param total undefined when it is not known */
  show(done: number, total: number | undefined): void {
    const { io, err } = this.#context;
    const now = io.nowMs();
    if (!this.#isShown || now - this.#startedMs < patienceMs || now - this.#drawnMs < drawEveryMs) return;
    this.#drawnMs = now;
    this.#isDrawn = true;
    const seconds = (now - this.#startedMs) / 1000;
    const line = cut(
      text`${progressLine(this.#label, { done, total, seconds }, err.view.columns - 1)}`,
      err.view.columns - 1,
    );
    io.stderr.write(`\r${paint(line, err.view.hasColour)}\u001b[K`);
  }

  clear(): void {
    if (this.#isDrawn) this.#context.io.stderr.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}

export interface Done {
  readonly done: number;
  /** Undefined when it is not known. */
  readonly total: number | undefined;
  readonly seconds: number;
}

/** `reading flows  ████████░░░░░░░░░░░░  42%  1.2 GiB of 2.8 GiB  310 MiB/s  5 s left`, less where there is less room. */
export function progressLine(label: string, { done, total, seconds }: Done, cells: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${bytes(rate)}/s`;
  if (total === undefined || total === 0) return fitting([[label, bytes(done), speed]], cells);
  const share = Math.min(1, done / total);
  const filled = Math.round(share * barCells);
  const bar = `${"█".repeat(filled)}${"░".repeat(barCells - filled)}`;
  const percent = `${Math.floor(share * 100)}%`;
  const amount = `${bytes(done)} of ${bytes(total)}`;
  const left = rate > 0 ? [`${duration((total - done) / rate)} left`] : [];
  return fitting(
    [
      [label, bar, percent, amount, speed, ...left],
      [label, bar, percent, amount, ...left],
      [label, bar, percent, ...left],
      [label, percent, ...left],
      [label, percent],
    ],
    cells,
  );
}

/** The first that fits, else the last. */
function fitting(choices: readonly (readonly string[])[], cells: number): string {
  const lines = choices.map((parts) => parts.join("  "));
  return lines.find((line) => widthOf(line) <= cells) ?? lines.at(-1)!;
}
