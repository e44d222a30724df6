import { fail, ok, type Result } from "../../../result.ts";
import {
  allOf,
  always,
  anyOf,
  notOf,
  type SelectorExpression,
  type TextTest,
  valueIn,
} from "../../selector-expression.ts";

export interface SelectorSyntaxError {
  readonly code: "selector_syntax";
  /** What was expected, and what stands there. */
  readonly message: string;
  /** From 1. */
  readonly column: number;
}

/** The CRD holds no longer ones. */
export const longestSelector = 1024;
const deepest = 100;

/**
 * Reads a selector as Calico's own parser does: `||` binds weakest, then `&&`, then `!`; texts have no escapes; an empty
 * selector selects everything; a list may be empty or end in a comma.
 * @see libcalico-go, lib/selector/tokenizer and parser
 */
export function parseSelector(text: string): Result<SelectorExpression, SelectorSyntaxError> {
  if (text.length > longestSelector) {
    return fail({ code: "selector_syntax", message: `it is longer than ${longestSelector} characters`, column: 1 });
  }
  try {
    const reader = new SelectorReader(text);
    return ok(reader.isAtEnd() ? always : reader.whole());
  } catch (error) {
    if (error instanceof Unexpected)
      return fail({ code: "selector_syntax", message: error.message, column: error.column });
    throw error;
  }
}

/** Ends the reading of one text; never leaves {@link parseSelector}. */
class Unexpected extends Error {
  readonly column: number;

  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

class SelectorReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#skipSpace();
    return this.#at === this.#text.length;
  }

  whole(): SelectorExpression {
    const found = this.#alternatives();
    if (!this.isAtEnd()) this.#expected("`&&`, `||` or the end");
    return found;
  }

  #alternatives(): SelectorExpression {
    const parts = [this.#conjunction()];
    while (this.#take("||")) parts.push(this.#conjunction());
    return anyOf(parts);
  }

  #conjunction(): SelectorExpression {
    const parts = [this.#operation()];
    while (this.#take("&&")) parts.push(this.#operation());
    return allOf(parts);
  }

  #operation(): SelectorExpression {
    let isNegated = false;
    while (this.#take("!")) isNegated = !isNegated;
    const found = this.#operand();
    return isNegated ? notOf(found) : found;
  }

  #operand(): SelectorExpression {
    if (this.#take("(")) {
      this.#depth += 1;
      if (this.#depth > deepest) this.#expected("fewer than 100 nested parentheses");
      const inner = this.#alternatives();
      if (!this.#take(")")) this.#expected("`)`");
      this.#depth -= 1;
      return inner;
    }
    for (const word of ["all", "global"] as const) {
      if (!this.#take(`${word}(`)) continue;
      if (!this.#take(")")) this.#expected(`\`)\` after \`${word}(\``);
      return { kind: word };
    }
    if (this.#take("has(")) {
      const key = this.#key() ?? this.#expected("a label name");
      if (!this.#take(")")) this.#expected("`)` after the label name");
      return { kind: "has", key };
    }
    const key = this.#key() ?? this.#expected("a label name, `has(…)`, `all()` or `(`");
    return this.#comparison(key);
  }

  #comparison(key: string): SelectorExpression {
    if (this.#take("==")) return valueIn(key, [this.#literal()]);
    if (this.#take("!=")) return notOf(valueIn(key, [this.#literal()]));
    const tests: readonly (readonly [TextTest, RegExp])[] = [
      ["contains", /contains/y],
      ["starts with", /starts[ \t]*with/y],
      ["ends with", /ends[ \t]*with/y],
    ];
    for (const [kind, pattern] of tests) {
      if (this.#match(pattern) !== undefined) return { kind, key, value: this.#literal() };
    }
    if (this.#match(/not[ \t]*in/y) !== undefined) return notOf(valueIn(key, this.#list()));
    if (this.#match(/in/y) !== undefined) return valueIn(key, this.#list());
    return this.#expected("`==`, `!=`, `in`, `not in`, `contains`, `starts with` or `ends with`");
  }

  #list(): readonly string[] {
    if (!this.#take("{")) this.#expected("`{`");
    const values: string[] = [];
    while (this.#isAtLiteral()) {
      values.push(this.#literal());
      if (!this.#take(",")) break;
    }
    if (!this.#take("}")) this.#expected("a text in quotes or `}`");
    return values;
  }

  #isAtLiteral(): boolean {
    this.#skipSpace();
    return this.#text[this.#at] === "'" || this.#text[this.#at] === '"';
  }

  #literal(): string {
    if (!this.#isAtLiteral()) this.#expected("a text in quotes");
    const end = this.#text.indexOf(this.#text[this.#at]!, this.#at + 1);
    if (end < 0) throw new Unexpected("the text in quotes has no end", this.#at + 1);
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  #key(): string | undefined {
    return this.#match(/[a-zA-Z0-9_./-]{1,512}/y);
  }

  #take(token: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at += 1;
  }

  #expected(what: string): never {
    this.#skipSpace();
    const next = this.#text.slice(this.#at, this.#at + 12);
    const found = next === "" ? "the selector ends" : `\`${next}\` stands there`;
    throw new Unexpected(`expected ${what}, but ${found}`, this.#at + 1);
  }
}
