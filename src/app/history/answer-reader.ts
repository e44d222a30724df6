import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { openEdges, openRows } from "./encode-answer.ts";
import { type AnswerOf, decodeAnswer, type HistoryQuestion, maxHistoryRows } from "./history-codec.ts";

/** Text of rows that is decoded at once. */
const textAtOnce = 256 << 10;
/** Of one row, and of an answer that is written in another way than ours is. */
const longestPiece = 64 << 20;

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads an answer from the wire while it comes, trusting nothing of it: beside the rows that were read it holds the text of some, not
 * of all. A wrong answer is not read to its end.
 */
export class AnswerReader<Q extends HistoryQuestion> {
  readonly #question: Q;
  readonly #longest: number;
  readonly #open: string;
  /** How deep the commas between rows are. */
  readonly #rowDepth: number;
  readonly #rows: unknown[] = [];
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** The length of what is held up to the last comma between rows. */
  #whole = 0;
  #isOurs: boolean | undefined;
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  #failure: Failure | undefined;

  constructor(question: Q, { longest = longestPiece }: { readonly longest?: number } = {}) {
    this.#question = question;
    this.#longest = longest;
    this.#open = question === "edges" ? openEdges : openRows;
    this.#rowDepth = question === "edges" ? 2 : 1;
  }

  /** @returns whether more is wanted */
  push(piece: Uint8Array): boolean {
    if (this.#failure !== undefined) return false;
    this.#scan(piece);
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#whole >= textAtOnce) this.#readWhole();
    if (this.#held > this.#longest) this.#failure ??= unreadable("it has a row without an end");
    return this.#failure === undefined;
  }

  /** The whole answer, when nothing more comes. */
  end(): Result<AnswerOf<Q>, Failure> {
    if (this.#failure !== undefined) return fail(this.#failure);
    const text = this.#textOf(this.#join());
    if (text === undefined) return fail(unreadable("it is no UTF-8 text"));
    const isFirst = this.#rows.length === 0;
    const last = decodeAnswer(this.#question, isFirst ? text : this.#open + text);
    if (!last.ok) return last;
    this.#add(last.value);
    if (this.#failure !== undefined) return fail(this.#failure);
    const { value } = last;
    // The same answer, with the rows that came before.
    const whole = "isCut" in value ? { edges: this.#rows, isCut: value.isCut } : this.#rows;
    return ok(whole as AnswerOf<Q>);
  }

  #scan(piece: Uint8Array): void {
    for (let i = 0; i < piece.length; i += 1) {
      const byte = piece[i];
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === backslash) this.#isEscaped = true;
        else if (byte === quote) this.#isText = false;
      } else if (byte === quote) this.#isText = true;
      else if (byte === openBracket || byte === openBrace) this.#depth += 1;
      else if (byte === closeBracket || byte === closeBrace) this.#depth -= 1;
      else if (byte === comma && this.#depth === this.#rowDepth) this.#whole = this.#held + i + 1;
    }
  }

  /** Rows up to the last comma, as an answer of their own. */
  #readWhole(): void {
    const bytes = this.#join();
    this.#isOurs ??= this.#textOf(bytes.subarray(0, this.#open.length)) === this.#open;
    // Written in another way: it is read at its end, when that is not too far.
    if (!this.#isOurs) return;
    const text = this.#textOf(bytes.subarray(0, this.#whole - 1));
    const before = this.#rows.length === 0 ? "" : this.#open;
    const close = this.#question === "edges" ? `],"isCut":false}` : "]";
    const read =
      text === undefined
        ? fail(unreadable("it is no UTF-8 text"))
        : decodeAnswer(this.#question, before + text + close);
    if (read.ok) this.#add(read.value);
    else this.#failure = read.error;
    this.#pieces = [bytes.subarray(this.#whole)];
    this.#held = bytes.length - this.#whole;
    this.#whole = 0;
  }

  #add(answer: AnswerOf<Q>): void {
    const rows: readonly unknown[] = "edges" in answer ? answer.edges : answer;
    for (const row of rows) this.#rows.push(row);
    if (this.#rows.length > maxHistoryRows) this.#failure = unreadable("it has more rows than any answer");
  }

  #join(): Uint8Array {
    const [only] = this.#pieces;
    if (only !== undefined && this.#pieces.length === 1) return only;
    const bytes = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [bytes];
    return bytes;
  }

  #textOf(bytes: Uint8Array): string | undefined {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return undefined;
    }
  }
}

function unreadable(why: string): Failure {
  return { code: "history_not_understood", message: `the answer to the history cannot be read: ${why}` };
}
