import type { CliIo, Output } from "../io.ts";
import { noText, paint, type Text, type TextLike, textOf } from "./text.ts";
import { type View, viewOf } from "./view.ts";
import { trimEnd, wrap } from "./width.ts";

/** Writes lines to one stream as that stream can show them. */
export class Printer {
  readonly view: View;
  readonly #output: Output;

  constructor(output: Output, env: CliIo["env"], view: View = viewOf(output, env)) {
    this.#output = output;
    this.view = view;
  }

  /** One line; on a terminal broken at spaces where it is too long, continued `hang` cells in. */
  line(line: TextLike = noText, hang = 0): void {
    const whole = trimEnd(textOf(line));
    const parts = this.view.isTerminal ? wrap(whole, this.view.columns, hang) : [whole];
    this.#output.write(parts.map((part) => `${paint(part, this.view.hasColour)}\n`).join(""));
  }

  lines(lines: readonly TextLike[]): void {
    for (const line of lines) this.line(line);
  }

  /** Lines that fit by construction, such as a table's. */
  asTheyAre(lines: readonly Text[]): void {
    this.#output.write(lines.map((line) => `${paint(line, this.view.hasColour)}\n`).join(""));
  }

  /** A document for programs: the caller has made sure that it is harmless. */
  document(content: string): void {
    this.#output.write(content);
  }
}
