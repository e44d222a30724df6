import type { IpAddress } from "../net/ip.ts";
import type { L4Point } from "../net/l4.ts";
import { type Column, cellAt, columnOfRules, noRule } from "./column.ts";
import type { CompiledRules, SymbolicDestination } from "./compile.ts";
import type { RuleAction } from "./model.ts";
import { columnAt, type FamilyPartition } from "./partition.ts";

/** Index of the rule that decides, or what the list does when none matches. */
export type Decider = number | "otherwise";

export type UnknownReason = "unresolved-name" | "unresolved-nodes" | "unresolved-pods" | "unresolved-destination";

/**
 * "We cannot know" is an answer: it names the rule whose addresses would have to be known. A list that passes leaves the
 * connection to what is asked after it.
 */
export type Verdict =
  | { readonly kind: RuleAction; readonly by: Decider }
  | { readonly kind: "unknown"; readonly by: number; readonly why: UnknownReason };

export interface Connection {
  readonly address: IpAddress;
  readonly l4: L4Point;
}

/**
 * The verdict of a rule list on one connection. An unresolved rule that comes before the decider makes the answer
 * unknown only if it would change it. O(log rules).
 */
export function evaluate(list: CompiledRules, { address, l4 }: Connection): Verdict {
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
  const column = doubtsOf(list)[kind];
  const first = column.deciders[cellAt(column, l4)]!;
  return first < decider ? first : undefined;
}

type Doubts = Readonly<Record<RuleAction, Column>>;

const doubts = new WeakMap<CompiledRules, Doubts>();

/** First unresolved rule per protocol and port that acts otherwise than this; made once per compiled list. */
function doubtsOf(list: CompiledRules): Doubts {
  const known = doubts.get(list);
  if (known !== undefined) return known;
  const otherThan = (action: RuleAction): Column =>
    columnOfRules(
      list.symbolic.filter(({ index }) => list.rules[index]!.action !== action),
      false,
    );
  const made = { allow: otherThan("allow"), deny: otherThan("deny"), pass: otherThan("pass") };
  doubts.set(list, made);
  return made;
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

  constructor(list: CompiledRules) {
    this.#list = list;
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
    if (this.#list.symbolic.length > 0) return this.#exact({ family: 4, value: BigInt(address) }, l4);
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
    if (this.#list.symbolic.length > 0) {
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
