import type { Context } from "../context.ts";
import { bytes, duration } from "../words/count.ts";
import { paint, text } from "./text.ts";
import { cut } from "./width.ts";

const drawEveryMs = 100;
/** Work that is done before anybody wonders draws nothing. */
const patienceMs = 400;
const barCells = 20;

/** One line on standard error that says how far something has come; nothing at all when that is no terminal. */
export class Progress {
  readonly #label: string;
  readonly #context: Context;
  readonly #startedMs: number;
  #drawnMs = 0;
  #isDrawn = false;

  constructor(label: string, context: Context) {
    this.#label = label;
    this.#context = context;
    this.#startedMs = context.io.nowMs();
  }

  /** @param total undefined when it is not known */
  show(done: number, total: number | undefined): void {
    const { io, err } = this.#context;
    const now = io.nowMs();
    if (!err.view.isTerminal || now - this.#startedMs < patienceMs || now - this.#drawnMs < drawEveryMs) return;
    this.#drawnMs = now;
    this.#isDrawn = true;
    const line = cut(
      text`${this.#label}  ${progressText(done, total, (now - this.#startedMs) / 1000)}`,
      err.view.columns - 1,
    );
    io.stderr.write(`\r${paint(line, err.view.hasColour)}\u001b[K`);
  }

  clear(): void {
    if (this.#isDrawn) this.#context.io.stderr.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}

/** `████████░░░░░░░░░░░░  42%  1.2 GiB of 2.8 GiB  310 MiB/s  5 s left`. */
export function progressText(done: number, total: number | undefined, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${bytes(rate)}/s`;
  if (total === undefined || total === 0) return `${bytes(done)}  ${speed}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * barCells);
  const bar = `${"█".repeat(filled)}${"░".repeat(barCells - filled)}`;
  const left = rate > 0 ? `  ${duration((total - done) / rate)} left` : "";
  return `${bar}  ${Math.floor(share * 100)}%  ${bytes(done)} of ${bytes(total)}  ${speed}${left}`;
}
