import type { IpAddress } from "../net/ip.ts";
import type { L4Point } from "../net/l4.ts";
import { type Column, cellAt, columnOfRules, noRule } from "./column.ts";
import type { CompiledPart, CompiledRules, SymbolicDestination } from "./compile.ts";
import type { RuleAction } from "./model.ts";
import { columnAt, type FamilyPartition } from "./partition.ts";
import { type Candidate, type PartAnswer, type PartDoubt, settle } from "./settle.ts";

/** Index of the rule that decides, or what the list does when none matches. */
export type Decider = number | "otherwise";

export type UnknownReason =
  | "unresolved-name"
  | "unresolved-nodes"
  | "unresolved-pods"
  | "unresolved-destination"
  | "undefined-order"
  | PartDoubt;

/**
 * "We cannot know" is an answer: it names the rule whose addresses would have to be known. A list that passes leaves the
 * connection to what is asked after it.
 */
export type Verdict = (
  | { readonly kind: RuleAction; readonly by: Decider }
  | { readonly kind: "unknown"; readonly by: number; readonly why: UnknownReason }
) & {
  /** Of several lists: rules that left the connection to a later tier; undefined where none did. */
  readonly passed?: readonly number[];
};

export interface Connection {
  readonly address: IpAddress;
  readonly l4: L4Point;
}

/**
 * The verdict of a rule list on one connection, or of several lists that are asked in order. An unresolved rule that
 * comes before the decider makes the answer unknown only if it would change it. O(log rules).
 */
export function evaluate(list: CompiledRules, connection: Connection): Verdict {
  if (list.parts !== undefined) return evaluateParts(list, list.parts, connection);
  const { address, l4 } = connection;
  const column = columnAt(list.partition, address);
  const index = column.deciders[cellAt(column, l4)]!;
  const kind = index === noRule ? list.otherwise : list.rules[index]!.action;
  const doubt = firstDoubt(list, l4, kind, index);
  if (doubt !== undefined) return { kind: "unknown", by: doubt, why: unknownReason(list.rules[doubt]!.to.kind) };
  return { kind, by: index === noRule ? "otherwise" : index };
}

/** The first unresolved rule before `decider` that covers the point and would decide otherwise. */
function firstDoubt(list: CompiledRules, l4: L4Point, kind: RuleAction, decider: number): number | undefined {
  if (list.symbolic.length === 0) return undefined;
  let first = decider;
  for (const action of actions) {
    if (action !== kind) first = Math.min(first, firstUnresolved(list, action, l4));
  }
  return first < decider ? first : undefined;
}

/** The first rule of the action that covers the point and whose addresses are not known; {@link noRule} without one. */
function firstUnresolved(list: CompiledRules, action: RuleAction, l4: L4Point): number {
  const column = unresolvedOf(list)[action];
  return column.deciders[cellAt(column, l4)]!;
}

const actions = ["allow", "deny", "pass"] as const;

type Unresolved = Readonly<Record<RuleAction, Column>>;

const unresolved = new WeakMap<CompiledRules, Unresolved>();

/** First unresolved rule per protocol and port, by action; made once per compiled list. */
function unresolvedOf(list: CompiledRules): Unresolved {
  const known = unresolved.get(list);
  if (known !== undefined) return known;
  const of = (action: RuleAction): Column =>
    columnOfRules(
      list.symbolic.filter(({ index }) => list.rules[index]!.action === action),
      false,
    );
  const made = { allow: of("allow"), deny: of("deny"), pass: of("pass") };
  unresolved.set(list, made);
  return made;
}

function evaluateParts(list: CompiledRules, parts: readonly CompiledPart[], connection: Connection): Verdict {
  const { address, l4 } = connection;
  const certain = evaluateCertain(list, parts, connection);
  if (certain !== undefined) return certain;
  const settled = settle(
    parts.map((part) => answerOf(part, address, l4)),
    list.otherwise,
  );
  const passed = settled.passed.length === 0 ? {} : { passed: settled.passed };
  if (settled.kind !== "unknown") return { kind: settled.kind, by: settled.by ?? "otherwise", ...passed };
  const { by, why } = settled;
  return { kind: "unknown", by, why: why === "unresolved" ? unknownReason(list.rules[by]!.to.kind) : why, ...passed };
}

/** The verdict where nothing is in doubt up to the part that decides; undefined where something is. */
function evaluateCertain(
  { otherwise }: CompiledRules,
  parts: readonly CompiledPart[],
  { address, l4 }: Connection,
): Verdict | undefined {
  let passed: number[] | undefined;
  let left = -1;
  for (const [at, { list, first, tier, rank, doubt }] of parts.entries()) {
    if (tier === left) continue;
    const next = parts[at + 1];
    const isUnordered = next !== undefined && next.tier === tier && next.rank === rank;
    if (doubt !== undefined || list.symbolic.length > 0 || isUnordered) return undefined;
    const column = columnAt(list.partition, address);
    const index = column.deciders[cellAt(column, l4)]!;
    if (index === noRule) continue;
    const { action } = list.rules[index]!;
    if (action !== "pass") return { kind: action, by: first + index, ...(passed === undefined ? {} : { passed }) };
    (passed ??= []).push(first + index);
    left = tier;
  }
  return { kind: otherwise, by: "otherwise", ...(passed === undefined ? {} : { passed }) };
}

function answerOf({ list, first, tier, rank, doubt }: CompiledPart, address: IpAddress, l4: L4Point): PartAnswer {
  const column = columnAt(list.partition, address);
  const index = column.deciders[cellAt(column, l4)]!;
  const decided = index === noRule ? undefined : { index: first + index, action: list.rules[index]!.action };
  const mayMatch = list.symbolic.length === 0 ? [] : candidatesBefore(list, first, index, l4);
  return { tier, rank, doubt, decided, mayMatch, mark: first + list.rules.length - 1 };
}

function candidatesBefore(list: CompiledRules, first: number, decider: number, l4: L4Point): readonly Candidate[] {
  return actions
    .map((action) => ({ index: firstUnresolved(list, action, l4), action }))
    .filter(({ index }) => index < decider)
    .map(({ index, action }) => ({ index: first + index, action }))
    .toSorted((a, b) => a.index - b.index);
}

export function unknownReason(kind: SymbolicDestination["kind"] | "addresses"): UnknownReason {
  if (kind === "name") return "unresolved-name";
  if (kind === "unknown" || kind === "api-server") return "unresolved-destination";
  return kind === "nodes" ? "unresolved-nodes" : "unresolved-pods";
}

const codes = { deny: 0, allow: 1, unknown: 2, pass: 3 } as const;

export type VerdictCode = (typeof codes)[keyof typeof codes];

/**
 * The same answers for millions of connections: borders packed into typed arrays, actions into bytes, no objects made.
 * Codes: 0 deny, 1 allow, 2 unknown, 3 pass.
 */
export class FastEvaluator {
  readonly #list: CompiledRules;
  readonly #v4: PackedFamily;
  readonly #v6: PackedFamily;
  readonly #starts: Int32Array;
  readonly #codes: Uint8Array;
  readonly #columnFrom: Uint32Array;
  /** Some answers may be unknown, which the codes cannot say. */
  readonly #isDoubtful: boolean;

  constructor(list: CompiledRules) {
    this.#list = list;
    this.#isDoubtful = list.symbolic.length > 0 || hasDoubtfulParts(list);
    this.#v4 = packFamily(list.partition.v4);
    this.#v6 = packFamily(list.partition.v6);
    const { columns } = list.partition;
    const cells = columns.reduce((sum, { starts }) => sum + starts.length, 0);
    this.#starts = new Int32Array(cells);
    this.#codes = new Uint8Array(cells);
    this.#columnFrom = new Uint32Array(columns.length + 1);
    let at = 0;
    for (const [number, { starts, deciders }] of columns.entries()) {
      this.#columnFrom[number] = at;
      this.#starts.set(starts, at);
      for (const [cell, index] of deciders.entries()) {
        this.#codes[at + cell] = codes[index === noRule ? list.otherwise : list.rules[index]!.action];
      }
      at += starts.length;
    }
    this.#columnFrom[columns.length] = at;
  }

  /** @param address uint32 */
  v4(address: number, l4: L4Point): VerdictCode {
    const { words } = this.#v4;
    let low = 0;
    let high = words.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (words[middle]! <= address) low = middle;
      else high = middle - 1;
    }
    if (this.#isDoubtful) return this.#exact({ family: 4, value: BigInt(address) }, l4);
    return this.#decide(this.#v4.columnOf[low]!, l4);
  }

  /** @param a,b,c,d the address as four uint32 words, most significant first */
  v6(a: number, b: number, c: number, d: number, l4: L4Point): VerdictCode {
    const { words, columnOf } = this.#v6;
    let low = 0;
    let high = columnOf.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = middle * 4;
      const order = words[at]! - a || words[at + 1]! - b || words[at + 2]! - c || words[at + 3]! - d;
      if (order <= 0) low = middle;
      else high = middle - 1;
    }
    if (this.#isDoubtful) {
      const value = (((((BigInt(a) << 32n) | BigInt(b)) << 32n) | BigInt(c)) << 32n) | BigInt(d);
      return this.#exact({ family: 6, value }, l4);
    }
    return this.#decide(columnOf[low]!, l4);
  }

  /** Unresolved names are rare in bulk work, so they take the slow road. */
  #exact(address: IpAddress, l4: L4Point): VerdictCode {
    const { kind } = evaluate(this.#list, { address, l4 });
    return codes[kind];
  }

  #decide(column: number, l4: L4Point): VerdictCode {
    let low = this.#columnFrom[column]!;
    let high = this.#columnFrom[column + 1]! - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle]! <= l4) low = middle;
      else high = middle - 1;
    }
    return this.#codes[low]! as VerdictCode;
  }
}

function hasDoubtfulParts({ parts = [] }: CompiledRules): boolean {
  return parts.some(
    ({ doubt, tier, rank }, i) =>
      doubt !== undefined || (i > 0 && parts[i - 1]!.tier === tier && parts[i - 1]!.rank === rank),
  );
}

interface PackedFamily {
  /** One uint32 per range for IPv4, four for IPv6. */
  readonly words: Uint32Array;
  readonly columnOf: Uint32Array;
}

function packFamily({ family, starts, columnOf }: FamilyPartition): PackedFamily {
  const size = family === 4 ? 1 : 4;
  const words = new Uint32Array(starts.length * size);
  for (const [range, start] of starts.entries()) {
    for (let word = 0; word < size; word += 1) {
      words[range * size + word] = Number((start >> BigInt(32 * (size - 1 - word))) & 0xffffffffn);
    }
  }
  return { words, columnOf };
}
