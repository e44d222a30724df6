import { fail, ok, type Result } from "../../core/result.ts";
import { type PlacedValue, setOwn } from "./places.ts";

export interface JsonFault {
  readonly code: "json_syntax" | "json_duplicate_key" | "json_too_deep";
  readonly message: string;
  readonly offset: number;
}

const deepest = 100;

class Stop extends Error {
  readonly fault: JsonFault;

  constructor(fault: JsonFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Reads one JSON value with the place of every part. Stricter than `JSON.parse` in one thing: a key may come once. */
export function parseJson(text: string): Result<PlacedValue, JsonFault> {
  try {
    return ok(new JsonParser(text).document());
  } catch (error) {
    if (error instanceof Stop) return fail(error.fault);
    throw error;
  }
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const literals = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

class JsonParser {
  readonly #text: string;
  readonly #spots = new Map<object, readonly number[]>();
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): PlacedValue {
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    this.#spaces();
    const offset = this.#at;
    const value = this.#value();
    this.#spaces();
    if (this.#at < this.#text.length) this.#stop("json_syntax", "there is more after the end of the value");
    return { value, offset, spots: this.#spots };
  }

  #value(): unknown {
    const first = this.#text[this.#at];
    if (first === "{") return this.#nested(() => this.#object());
    if (first === "[") return this.#nested(() => this.#array());
    if (first === '"') return this.#string();
    number.lastIndex = this.#at;
    const match = number.exec(this.#text);
    if (match !== null) {
      this.#at = number.lastIndex;
      return Number(match[0]);
    }
    for (const [word, value] of literals) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    if (first === undefined) this.#stop("json_syntax", "the file ends in the middle of a value");
    return this.#stop("json_syntax", "expected a value");
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > deepest) this.#stop("json_too_deep", `nested deeper than ${deepest} levels`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const offsets = new Map<string, number>();
    this.#open();
    while (!this.#closes("}", offsets.size > 0)) {
      const start = this.#at;
      if (this.#text[start] !== '"') this.#stop("json_syntax", "expected a key in double quotes");
      const key = this.#string();
      if (offsets.has(key)) this.#stop("json_duplicate_key", "a key is written twice in one object", start);
      this.#spaces();
      if (this.#text[this.#at] !== ":") this.#stop("json_syntax", "expected `:` after the key");
      this.#open();
      const from = this.#at;
      const value = this.#value();
      offsets.set(key, typeof value === "object" && value !== null ? start : from);
      setOwn(object, key, value);
      this.#spaces();
    }
    this.#spots.set(
      object,
      Object.keys(object).map((key) => offsets.get(key)!),
    );
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    const offsets: number[] = [];
    this.#spots.set(array, offsets);
    this.#open();
    while (!this.#closes("]", array.length > 0)) {
      offsets.push(this.#at);
      array.push(this.#value());
      this.#spaces();
    }
    return array;
  }

  /** Steps over one character and the spaces after it. */
  #open(): void {
    this.#at += 1;
    this.#spaces();
  }

  /** Whether the collection ends here; between entries, steps over the comma. */
  #closes(bracket: "]" | "}", hasEntries: boolean): boolean {
    const next = this.#text[this.#at];
    if (next === bracket) {
      this.#at += 1;
      return true;
    }
    if (!hasEntries) return false;
    if (next === undefined) this.#stop("json_syntax", "the file ends in the middle of a value");
    if (next !== ",") this.#stop("json_syntax", `expected \`,\` or \`${bracket}\``);
    this.#open();
    if (this.#text[this.#at] === bracket) this.#stop("json_syntax", "a comma before the end");
    return false;
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    for (;;) {
      const quote = this.#text.indexOf('"', at);
      if (quote < 0) this.#stop("json_syntax", "a string has no closing quote");
      let backslashes = 0;
      while (this.#text[quote - 1 - backslashes] === "\\") backslashes += 1;
      at = quote + 1;
      if (backslashes % 2 === 0) break;
    }
    this.#at = at;
    try {
      return JSON.parse(this.#text.slice(start, at)) as string;
    } catch {
      return this.#stop("json_syntax", "a string has a character or an escape that JSON does not know", start);
    }
  }

  #spaces(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #stop(code: JsonFault["code"], message: string, offset = this.#at): never {
    throw new Stop({ code, message, offset });
  }
}
