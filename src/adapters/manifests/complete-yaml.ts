import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  Scalar,
} from "yaml";
import { fail, ok, type Result } from "../../core/result.ts";
import { type PlacedValue, setOwn } from "./places.ts";
import { resolvePlainScalar } from "./plain-scalar.ts";

export interface YamlFault {
  readonly code: "yaml_syntax" | "yaml_duplicate_key" | "yaml_too_deep" | "yaml_alias_bomb";
  readonly message: string;
  readonly offset: number;
}

const deepest = 100;
/** Values that aliases of one document may add; a few anchors shared by a few hundred rules stay far below. */
const mostAliasedValues = 200_000;

/**
 * Breaks of a line for YAML 1.1, which Kubernetes tooling reads, and characters of a comment or a text for the parser here: behind one of
 * them a comment would hide what a cluster applies.
 */
const otherBreaks = /\r(?!\n)|[\u0085\u2028\u2029]/;

/** Reads one document of any YAML, ten times as slowly as {@link parseBlockYaml} and with the reason when it is wrong. */
export function parseCompleteYaml(text: string): Result<PlacedValue, YamlFault> {
  const hidden = text.search(otherBreaks);
  if (hidden >= 0) {
    const code = text.charCodeAt(hidden).toString(16).toUpperCase().padStart(4, "0");
    const message = `U+${code} ends a line for some programs and not for others: write an ordinary line break instead`;
    return fail({ code: "yaml_syntax", message, offset: hidden });
  }
  let document: Document.Parsed;
  try {
    // Scalars are resolved here, as Kubernetes tooling does it: the failsafe schema leaves all of them as text.
    document = parseDocument(text, { schema: "failsafe", strict: true, uniqueKeys: true, logLevel: "silent" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail({ code: "yaml_too_deep", message: "the YAML is nested too deeply", offset: 0 });
  }
  const first = document.errors[0];
  if (first !== undefined) {
    if (first.code === "RESOURCE_EXHAUSTION") {
      return fail({ code: "yaml_too_deep", message: "the YAML is nested too deeply", offset: first.pos[0] });
    }
    const isDuplicate = first.code === "DUPLICATE_KEY";
    return fail({
      code: isDuplicate ? "yaml_duplicate_key" : "yaml_syntax",
      message: isDuplicate ? "a key is written twice in one mapping" : sentence(first.message),
      offset: first.pos[0],
    });
  }
  return new Conversion(document).result();
}

/** The parser's own words without their capital, full stop and excerpt. */
function sentence(message: string): string {
  const line = message
    .split("\n")[0]!
    .replace(/ at line \d+, column \d+:?$/, "")
    .replace(/[.:]$/, "");
  return line.slice(0, 1).toLowerCase() + line.slice(1);
}

class Conversion {
  readonly #document: Document.Parsed;
  readonly #spots = new Map<object, readonly number[]>();
  readonly #anchors = new Map<string, Node>();
  #aliasedValues = 0;
  /** The outermost alias being followed. */
  #alias: Alias | undefined;
  #fault: YamlFault | undefined;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  result(): Result<PlacedValue, YamlFault> {
    const { contents } = this.#document;
    const value = contents === null ? null : this.#value(contents, 0);
    if (this.#fault !== undefined) return fail(this.#fault);
    return ok({ value, offset: startOf(contents), spots: this.#spots });
  }

  #value(node: Node, depth: number): unknown {
    if (this.#fault !== undefined) return null;
    if (this.#alias !== undefined && ++this.#aliasedValues > mostAliasedValues) {
      return this.#give("yaml_alias_bomb", "aliases expand to too many values", node);
    }
    if (depth > deepest) return this.#give("yaml_too_deep", `nested deeper than ${deepest} levels`, node);
    if (isAlias(node)) return this.#aliased(node, depth);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) return this.#sequence(node.items, depth);
    if (isMap(node)) return this.#mapping(node.items, node, depth);
    return null;
  }

  /** An alias means the last node before it with that anchor. */
  #aliased(alias: Alias, depth: number): unknown {
    const node = this.#anchors.get(alias.source);
    if (node === undefined) return this.#give("yaml_syntax", `the alias \`*${alias.source}\` has no anchor`, alias);
    const outer = this.#alias;
    this.#alias ??= alias;
    const value = this.#value(node, depth + 1);
    this.#alias = outer;
    return value;
  }

  #scalar(scalar: Scalar): unknown {
    const text = scalar.source ?? (typeof scalar.value === "string" ? scalar.value : "");
    const isPlain = scalar.type === Scalar.PLAIN || scalar.type === undefined;
    const short = scalar.tag?.replace("tag:yaml.org,2002:", "");
    if (short === "str" || (!isPlain && short === undefined)) return scalar.value;
    // Tools for Kubernetes decode it, so that `!!binary QWxsb3c=` is `Allow`.
    if (short === "binary") {
      return this.#give("yaml_syntax", "`!!binary` hides what is written: write the text itself", scalar);
    }
    if (short === undefined || ["int", "float", "bool", "null"].includes(short)) return resolvePlainScalar(text);
    return scalar.value;
  }

  #sequence(items: readonly unknown[], depth: number): unknown[] {
    const list: unknown[] = [];
    const offsets: number[] = [];
    this.#spots.set(list, offsets);
    for (const item of items) {
      offsets.push(startOf(item));
      list.push(item === null ? null : this.#value(item as Node, depth + 1));
    }
    return list;
  }

  #mapping(items: readonly unknown[], node: Node, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const offsets = new Map<string, number>();
    const merged: Record<string, unknown>[] = [];
    for (const pair of items) {
      if (!isPair(pair)) continue;
      if (!isScalar(pair.key)) {
        this.#give("yaml_syntax", "a key must be one word, not a list or a mapping", (pair.key as Node | null) ?? node);
        continue;
      }
      const key = String(pair.key.value);
      const value = pair.value === null ? null : this.#value(pair.value as Node, depth + 1);
      if (key === "<<" && pair.key.type === Scalar.PLAIN) {
        merged.push(...(Array.isArray(value) ? value : [value]).filter(isRecord));
        continue;
      }
      const isCollection = typeof value === "object" && value !== null;
      offsets.set(key, startOf(isCollection || pair.value === null ? pair.key : pair.value));
      setOwn(map, key, value);
    }
    for (const source of merged) this.#merge(map, source, offsets, node);
    this.#spots.set(
      map,
      Object.keys(map).map((key) => offsets.get(key)!),
    );
    return map;
  }

  /** `<<`: keys that are not there yet; their place is where they are merged. */
  #merge(
    map: Record<string, unknown>,
    source: Record<string, unknown>,
    offsets: Map<string, number>,
    node: Node,
  ): void {
    for (const [key, value] of Object.entries(source)) {
      if (Object.hasOwn(map, key)) continue;
      setOwn(map, key, value);
      offsets.set(key, startOf(node));
    }
  }

  #give(code: YamlFault["code"], message: string, node: Node): null {
    this.#fault ??= { code, message, offset: startOf(this.#alias ?? node) };
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
}
