import { isIndexKey, setOwn } from "./places.ts";
import { resolvePlainScalar } from "./plain-scalar.ts";

/** The text is not in the subset that is read fast; it may be perfectly good YAML. */
export class OutsideSubset extends Error {}

const deepest = 20;

/** A quoted scalar on one line; `end` is the offset after the closing quote. Undefined when it is not closed there. */
export function quotedScalar(
  text: string,
  from: number,
  lineEnd: number,
): { readonly text: string; readonly end: number } | undefined {
  if (text[from] === "'") {
    let at = from + 1;
    for (;;) {
      at = text.indexOf("'", at);
      if (at < 0 || at >= lineEnd) return undefined;
      if (text[at + 1] !== "'") break;
      at += 2;
    }
    return { text: text.slice(from + 1, at).replaceAll("''", "'"), end: at + 1 };
  }
  let at = from + 1;
  while (at < lineEnd && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  if (at >= lineEnd) return undefined;
  const body = text.slice(from, at + 1);
  if (!body.includes("\\")) return { text: body.slice(1, -1), end: at + 1 };
  try {
    // What JSON and YAML both know of escapes means the same in both.
    return { text: JSON.parse(body) as string, end: at + 1 };
  } catch {
    throw new OutsideSubset();
  }
}

/** `[a, b]` and `{k: v}` on one line. */
export class FlowScanner {
  readonly #text: string;
  readonly #end: number;
  readonly #spots: Map<object, number[]> | undefined;
  #depth = 0;
  at: number;

  constructor(text: string, from: number, end: number, spots: Map<object, number[]> | undefined) {
    this.#text = text;
    this.#end = end;
    this.#spots = spots;
    this.at = from;
  }

  collection(): unknown {
    this.#depth += 1;
    if (this.#depth > deepest) throw new OutsideSubset();
    const value = this.#text[this.at] === "[" ? this.#list() : this.#map();
    this.#depth -= 1;
    return value;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    const offsets: number[] = [];
    this.#spots?.set(list, offsets);
    this.#open();
    while (!this.#closes("]")) {
      offsets.push(this.at);
      list.push(this.#value());
      this.#separator("]");
    }
    return list;
  }

  #map(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const offsets: number[] = [];
    this.#spots?.set(map, offsets);
    this.#open();
    while (!this.#closes("}")) {
      const start = this.at;
      const isQuoted = this.#text[start] === '"' || this.#text[start] === "'";
      const key = isQuoted ? this.#quoted() : this.#plain();
      if (isIndexKey(key) || (!isQuoted && resolvePlainScalar(key) === null)) throw new OutsideSubset();
      if (this.#text[this.at] !== ":" || this.at >= this.#end) throw new OutsideSubset();
      if (this.#text[this.at + 1] !== " " || this.at + 1 >= this.#end) throw new OutsideSubset();
      this.at += 1;
      this.#spaces();
      if (Object.hasOwn(map, key)) throw new OutsideSubset();
      const from = this.at;
      const value = this.#value();
      offsets.push(typeof value === "object" && value !== null ? start : from);
      setOwn(map, key, value);
      this.#separator("}");
    }
    return map;
  }

  #value(): unknown {
    const first = this.#text[this.at];
    if (first === "[" || first === "{") return this.collection();
    if (first === '"' || first === "'") return this.#quoted();
    return resolvePlainScalar(this.#plain());
  }

  #quoted(): string {
    const quoted = quotedScalar(this.#text, this.at, this.#end);
    if (quoted === undefined) throw new OutsideSubset();
    this.at = quoted.end;
    return quoted.text;
  }

  /** Words of the safest characters only; a colon inside is fine when no space or end follows it. */
  #plain(): string {
    const from = this.at;
    while (this.at < this.#end && /[\w./:+$*@=-]/.test(this.#text[this.at]!)) {
      if (this.#text[this.at] === ":" && !/[\w./]/.test(this.#text[this.at + 1] ?? " ")) break;
      this.at += 1;
    }
    const word = this.#text.slice(from, this.at);
    if (!/^[\w./$]/.test(word)) throw new OutsideSubset();
    return word;
  }

  #open(): void {
    this.at += 1;
    this.#spaces();
  }

  #closes(bracket: "]" | "}"): boolean {
    if (this.at >= this.#end) throw new OutsideSubset();
    if (this.#text[this.at] !== bracket) return false;
    this.at += 1;
    return true;
  }

  /** After an entry: a comma and another entry, or the end. */
  #separator(bracket: "]" | "}"): void {
    this.#spaces();
    if (this.#text[this.at] === bracket && this.at < this.#end) return;
    if (this.#text[this.at] !== "," || this.at >= this.#end) throw new OutsideSubset();
    this.at += 1;
    this.#spaces();
    if (this.#text[this.at] === bracket || this.#text[this.at] === ",") throw new OutsideSubset();
  }

  #spaces(): void {
    while (this.at < this.#end && this.#text[this.at] === " ") this.at += 1;
  }
}
