import { FlowScanner, OutsideSubset, quotedScalar } from "./flow-yaml.ts";
import { isIndexKey, type PlacedValue, setOwn, type Spots } from "./places.ts";
import { resolvePlainScalar } from "./plain-scalar.ts";

const deepest = 100;
const noSpots: Spots = new Map();
const longestKey = 500;
const mostFoldedLines = 200;
// Tabs, lone carriage returns, controls and the other line breaks of Unicode: rare, and full of special cases.
// oxlint-disable-next-line no-control-regex
const unusual = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff]|\r(?!\n)/;

/**
 * Reads one document of the YAML that manifests are written in: block mappings and sequences, one-line scalars and
 * flow collections, literal blocks, comments. About twenty times as fast as a complete parser, with the place of every
 * value. Whatever lies outside that subset, wrong YAML included, gives undefined, and the complete parser is asked:
 * a test holds the two to the same answers.
 * @param withPlaces without them a large document takes half the memory
 */
export function parseBlockYaml(text: string, withPlaces = true): PlacedValue | undefined {
  if (unusual.test(text)) return undefined;
  try {
    return new BlockParser(text, withPlaces).document();
  } catch (error) {
    if (error instanceof OutsideSubset) return undefined;
    throw error;
  }
}

class BlockParser {
  readonly #text: string;
  readonly #spots: Map<object, number[]> | undefined;
  /** Every line's start, and one past the end. */
  readonly #lines: number[] = [];
  // Lines that hold more than a comment: the number of the line, where its content starts and ends, its indentation.
  readonly #numbers: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #indents: number[] = [];
  #at = 0;
  #depth = 0;
  /** Whether a comment has ended the plain scalar being read. */
  #isCommented = false;

  constructor(text: string, withPlaces: boolean) {
    this.#text = text;
    this.#spots = withPlaces ? new Map() : undefined;
    for (let start = 0; start <= text.length;) {
      const newline = text.indexOf("\n", start);
      const next = newline < 0 ? text.length + 1 : newline + 1;
      this.#addLine(start, next - 1);
      start = next;
    }
    this.#lines.push(text.length + 1);
  }

  document(): PlacedValue {
    if (this.#starts.length === 0) return { value: null, offset: 0, spots: this.#spots ?? noSpots };
    const offset = this.#starts[0]!;
    const value = this.#block();
    if (this.#at < this.#starts.length) throw new OutsideSubset();
    return { value, offset, spots: this.#spots ?? noSpots };
  }

  #addLine(start: number, newline: number): void {
    const text = this.#text;
    let from = start;
    while (text.charCodeAt(from) === space) from += 1;
    let end = newline;
    while (end > from && isBlank(text.charCodeAt(end - 1))) end -= 1;
    this.#lines.push(start);
    if (from >= end || text.charCodeAt(from) === hash) return;
    this.#numbers.push(this.#lines.length - 1);
    this.#starts.push(from);
    this.#ends.push(end);
    this.#indents.push(from - start);
  }

  /** The block collection that starts at the current line. */
  #block(): unknown {
    this.#depth += 1;
    if (this.#depth > deepest) throw new OutsideSubset();
    const indent = this.#indents[this.#at]!;
    const value = this.#isItem() ? this.#sequence(indent) : this.#mapping(indent);
    this.#depth -= 1;
    return value;
  }

  #sequence(indent: number): unknown[] {
    const list: unknown[] = [];
    const offsets: number[] = [];
    this.#spots?.set(list, offsets);
    while (this.#indents[this.#at] === indent && this.#isItem()) {
      const dash = this.#starts[this.#at]!;
      const from = this.#skipSpaces(dash + 1);
      if (this.#isOver(from)) {
        this.#at += 1;
        const isNested = (this.#indents[this.#at] ?? -1) > indent;
        offsets.push(isNested ? this.#starts[this.#at]! : dash);
        list.push(isNested ? this.#block() : null);
      } else {
        // The rest of the line counts as a line of its own that is indented up to here.
        offsets.push(from);
        this.#starts[this.#at] = from;
        this.#indents[this.#at] = indent + from - dash;
        const isCollection = this.#isItem() || this.#keyEnd() !== undefined;
        list.push(isCollection ? this.#block() : this.#scalar(from, indent));
      }
    }
    return list;
  }

  #mapping(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const offsets: number[] = [];
    this.#spots?.set(map, offsets);
    while (this.#indents[this.#at] === indent) {
      const start = this.#starts[this.#at]!;
      const colon = this.#isItem() ? undefined : this.#keyEnd();
      if (colon === undefined) throw new OutsideSubset();
      const key = this.#key(start, colon);
      if (Object.hasOwn(map, key)) throw new OutsideSubset();
      const from = this.#skipSpaces(colon + 1);
      let value: unknown;
      let offset = start;
      if (this.#isOver(from)) {
        this.#at += 1;
        const next = this.#indents[this.#at] ?? -1;
        if (next > indent) value = this.#block();
        else value = next === indent && this.#isItem() ? this.#sequence(indent) : null;
      } else {
        value = this.#scalar(from, indent);
        if (typeof value !== "object" || value === null) offset = from;
      }
      offsets.push(offset);
      setOwn(map, key, value);
    }
    return map;
  }

  /** Whether the current line starts an item of a sequence. */
  #isItem(): boolean {
    const start = this.#starts[this.#at]!;
    if (this.#text.charCodeAt(start) !== dashCode) return false;
    return start + 1 === this.#ends[this.#at] || this.#text.charCodeAt(start + 1) === space;
  }

  /** Where the colon after the key of the current line stands; undefined when the line has no key. */
  #keyEnd(): number | undefined {
    const text = this.#text;
    const start = this.#starts[this.#at]!;
    const end = this.#ends[this.#at]!;
    const first = text.charCodeAt(start);
    if (first === doubleQuote || first === singleQuote) {
      const quoted = quotedScalar(text, start, end);
      if (quoted === undefined) return undefined;
      const after = this.#skipSpaces(quoted.end);
      return text.charCodeAt(after) === colonCode && after < end ? this.#properColon(after, end) : undefined;
    }
    if (!isWordStart(first)) return undefined;
    for (let at = start; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (code === colonCode && (at + 1 === end || text.charCodeAt(at + 1) === space)) return at;
      if (code === hash && text.charCodeAt(at - 1) === space) return undefined;
    }
    return undefined;
  }

  #properColon(colon: number, end: number): number {
    if (colon + 1 === end || this.#text.charCodeAt(colon + 1) === space) return colon;
    throw new OutsideSubset();
  }

  #key(start: number, colon: number): string {
    const first = this.#text.charCodeAt(start);
    const isQuoted = first === doubleQuote || first === singleQuote;
    const key = isQuoted ? quotedScalar(this.#text, start, colon)?.text : this.#text.slice(start, colon).trimEnd();
    if (key === undefined || key.length > longestKey || isIndexKey(key)) throw new OutsideSubset();
    if (!isQuoted && resolvePlainScalar(key) === null) throw new OutsideSubset();
    return key;
  }

  /** A value that starts on the current line and does not open a block; `indent` is that of its parent. */
  #scalar(from: number, indent: number): unknown {
    const end = this.#ends[this.#at]!;
    const text = this.#text;
    const first = text.charCodeAt(from);
    if (first === pipe) return this.#literal(from, indent);
    let value: unknown;
    if (first === doubleQuote || first === singleQuote) {
      value = this.#quoted(from, indent);
    } else if (first === openBracket || first === openBrace) {
      const flow = new FlowScanner(text, from, end, this.#spots);
      value = flow.collection();
      if (!this.#isOver(this.#skipSpaces(flow.at), flow.at)) throw new OutsideSubset();
    } else {
      value = resolvePlainScalar(this.#plain(from, indent));
    }
    this.#at += 1;
    // A deeper line that continues nothing is an error.
    if ((this.#indents[this.#at] ?? -1) > indent) throw new OutsideSubset();
    return value;
  }

  /** Leaves the current line at the scalar's last. */
  #quoted(from: number, indent: number): string {
    const closed = quotedScalar(this.#text, from, this.#ends[this.#at]!);
    if (closed !== undefined) {
      if (!this.#isOver(this.#skipSpaces(closed.end), closed.end)) throw new OutsideSubset();
      return closed.text;
    }
    let folded = this.#text.slice(from, this.#ends[this.#at]);
    for (let lines = 1; lines < mostFoldedLines && this.#continues(indent); lines += 1) {
      this.#at += 1;
      folded += ` ${this.#text.slice(this.#starts[this.#at], this.#ends[this.#at])}`;
      const end = quotedScalar(folded, 0, folded.length);
      if (end === undefined) continue;
      if (end.end < folded.length) break;
      return end.text;
    }
    throw new OutsideSubset();
  }

  /** Leaves the current line at the scalar's last. */
  #plain(from: number, indent: number): string {
    if (!isPlainStart(this.#text, from, this.#ends[this.#at]!)) throw new OutsideSubset();
    this.#isCommented = false;
    let folded = this.#plainPart(from);
    for (let lines = 1; lines < mostFoldedLines && !this.#isCommented && this.#continues(indent); lines += 1) {
      this.#at += 1;
      folded += ` ${this.#plainPart(this.#starts[this.#at]!)}`;
    }
    return folded;
  }

  /** The part of a plain scalar on the current line; only the last may have a comment behind it. */
  #plainPart(from: number): string {
    const text = this.#text;
    const lineEnd = this.#ends[this.#at]!;
    for (let at = from; at < lineEnd; at += 1) {
      const code = text.charCodeAt(at);
      if (code === colonCode && (at + 1 === lineEnd || text.charCodeAt(at + 1) === space)) throw new OutsideSubset();
      if (code === hash && text.charCodeAt(at - 1) === space) {
        this.#isCommented = true;
        return text.slice(from, at).trimEnd();
      }
    }
    return text.slice(from, lineEnd);
  }

  /** Whether the very next line is deeper and so continues a scalar, as `oc get` folds long messages. */
  #continues(indent: number): boolean {
    const next = this.#at + 1;
    return this.#numbers[next] === this.#numbers[this.#at]! + 1 && this.#indents[next]! > indent;
  }

  /** `|`, `|-`, `|2-`: lines taken as they are, as `oc get` writes the last applied configuration. */
  #literal(from: number, indent: number): string {
    const text = this.#text;
    const [, digit, strips] = /^\|([1-9]?)(-?)/.exec(text.slice(from, from + 3)) ?? [];
    const after = from + 1 + digit!.length + strips!.length;
    if (!this.#isOver(this.#skipSpaces(after), after)) throw new OutsideSubset();
    const lines: string[] = [];
    let inner = digit === "" ? -1 : indent + Number(digit);
    let number = this.#numbers[this.#at]! + 1;
    for (; number < this.#lines.length - 1; number += 1) {
      const line = text.slice(this.#lines[number], this.#lines[number + 1]! - 1);
      if (line.endsWith("\r")) throw new OutsideSubset();
      const own = line.length - line.trimStart().length;
      const isEmpty = own === line.length;
      if (isEmpty) {
        if (inner < 0 && own > 0) throw new OutsideSubset();
        lines.push(line.slice(Math.max(inner, 0)));
        continue;
      }
      if (own <= indent) break;
      if (inner < 0) inner = own;
      else if (own < inner) throw new OutsideSubset();
      lines.push(line.slice(inner));
    }
    while (lines.at(-1) === "") lines.pop();
    // Lines of spaces alone at the end, and blocks without content, are left to the complete parser.
    if (inner < 0 || (lines.at(-1) ?? "").trim() === "") throw new OutsideSubset();
    while (this.#at < this.#numbers.length && this.#numbers[this.#at]! < number) this.#at += 1;
    return lines.join("\n") + (strips === "" ? "\n" : "");
  }

  #skipSpaces(from: number): number {
    let at = from;
    while (this.#text.charCodeAt(at) === space) at += 1;
    return at;
  }

  /** Whether nothing but a comment is left of the current line; a comment needs a space before it. */
  #isOver(at: number, after?: number): boolean {
    if (at >= this.#ends[this.#at]!) return true;
    return this.#text.charCodeAt(at) === hash && at !== after;
  }
}

const space = 0x20;
const hash = 0x23;
const dashCode = 0x2d;
const colonCode = 0x3a;
const pipe = 0x7c;
const doubleQuote = 0x22;
const singleQuote = 0x27;
const openBracket = 0x5b;
const openBrace = 0x7b;

function isBlank(code: number): boolean {
  return code === space || code === 0x0d;
}

/** Letters, digits, `_`, `.`, `/`, `$`: what keys of manifests start with. */
function isWordStart(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x2e && code <= 0x39) ||
    code === 0x5f ||
    code === 0x24
  );
}

/** A plain scalar may start with `-` or `:` only when no space follows, and with no other indicator. */
function isPlainStart(text: string, from: number, end: number): boolean {
  const code = text.charCodeAt(from);
  if (code === dashCode || code === colonCode) return from + 1 < end && text.charCodeAt(from + 1) !== space;
  return !"?,[]{}#&*!|>'\"%@`".includes(text[from]!);
}
