import type { Edge } from "../../flows/edge.ts";
import { addressKey, type AddressKey } from "../services/address-key.ts";
import type { NameRecord } from "./name-book.ts";

/**
 * Whether what a pod gets for a name is what the policy's own resolver gets for it. Each node resolves the names of a
 * policy for itself (policy-semantics §1.5), so a name whose answers differ from resolver to resolver breaks at random.
 */
export interface NameAgreement {
  readonly addresses: number;
  /** Hours in which at least two flows can be compared, or one with the hour before it. */
  readonly trials: number;
  /** Of them, how many showed that another resolver would have missed an address; fractions for some of the flows. */
  readonly misses: number;
  /** Share of flows that another resolver's answer would have missed. */
  readonly missedShare: number;
  /** Hours with traffic per day of the recording, at most 24. */
  readonly activeHoursPerDay: number;
  /** Nothing tells how many addresses an answer carries, so a name with few addresses may answer with all of them. */
  readonly isAnswerSizeKnown: boolean;
}

/** More flows of one name tell nothing new, and this many are compared in a moment. */
const comparedEntries = 20_000;

/**
 * Compares flows of the same hour with each other: the chance that two of them went to one address (Simpson 1949, without
 * bias: pairs without repetition), times the number of addresses an answer carries, is the chance that the other's answer
 * held it. An hour with one flow is compared with the last hour before it. The families are apart: a resolver asks for both.
 * @param edges of one name
 */
export function nameAgreement(edges: readonly Edge[], { answerSize }: NameRecord, days: number): NameAgreement {
  const carried = answerSize ?? 1;
  const families = ([4, 6] as const).map((family) =>
    compareHours(hoursOf(edges.filter(({ address }) => address.family === family)), carried),
  );
  const sum = (of: (part: Compared) => number): number => families.reduce((all, part) => all + of(part), 0);
  const flows = sum((part) => part.flows);
  const hours = Math.max(...families.map((part) => part.hours));
  return {
    addresses: Math.max(...families.map((part) => part.addresses)),
    trials: sum((part) => part.trials),
    misses: sum((part) => part.misses),
    missedShare: flows === 0 ? 0 : sum((part) => part.missed) / flows,
    activeHoursPerDay: Math.min(24, hours / Math.max(days, 1 / 24)),
    isAnswerSizeKnown: answerSize !== undefined,
  };
}

interface HourEntry {
  readonly hour: number;
  readonly id: number;
  readonly flows: number;
}

function hoursOf(edges: readonly Edge[]): { readonly addresses: number; readonly entries: readonly HourEntry[] } {
  const ids = new Map<AddressKey, number>();
  const entries: HourEntry[] = [];
  for (const { address, activity } of edges) {
    const key = addressKey(address);
    let id = ids.get(key);
    if (id === undefined) ids.set(key, (id = ids.size));
    if (entries.length > comparedEntries) continue;
    for (const { hour, flows } of activity) entries.push({ hour, id, flows });
  }
  return { addresses: ids.size, entries: entries.sort((a, b) => a.hour - b.hour || a.id - b.id) };
}

interface Compared {
  readonly addresses: number;
  readonly hours: number;
  readonly trials: number;
  readonly misses: number;
  readonly flows: number;
  readonly missed: number;
}

/** A flow tells no more than this many others of its hour: many flows of one hour are often one connection pool. */
const independentFlows = 4;

function compareHours({ addresses, entries }: ReturnType<typeof hoursOf>, carried: number): Compared {
  let [trials, misses, flows, missed, hours] = [0, 0, 0, 0, 0];
  let previous: { readonly hour: number; readonly ids: ReadonlySet<number> } | undefined;
  for (let from = 0; from < entries.length;) {
    const { hour } = entries[from]!;
    const counts = new Map<number, number>();
    let to = from;
    let total = 0;
    for (; to < entries.length && entries[to]!.hour === hour; to += 1) {
      const { id, flows: own } = entries[to]!;
      counts.set(id, (counts.get(id) ?? 0) + own);
      total += own;
    }
    hours += 1;
    const miss = total > 1 ? missOf(counts, total, carried) : missSince(previous, hour, counts, carried);
    if (miss !== undefined) {
      trials += 1;
      misses += Math.min(1, miss * Math.min(total, independentFlows));
      flows += total;
      missed += miss * total;
    }
    previous = { hour, ids: new Set(counts.keys()) };
    from = to;
  }
  return { addresses, hours, trials, misses, flows, missed };
}

function missOf(counts: ReadonlyMap<number, number>, total: number, carried: number): number {
  if (counts.size === 1) return 0;
  let pairs = 0;
  for (const count of counts.values()) pairs += count * (count - 1);
  return 1 - Math.min(1, (carried * pairs) / (total * (total - 1)));
}

/** The longer ago, the more likely it is that the name itself moved on, which a resolver follows. */
function missSince(
  previous: { readonly hour: number; readonly ids: ReadonlySet<number> } | undefined,
  hour: number,
  counts: ReadonlyMap<number, number>,
  carried: number,
): number | undefined {
  if (previous === undefined) return undefined;
  const [id] = counts.keys();
  if (previous.ids.has(id!)) return 0;
  return (1 - Math.min(1, (carried - 1) / carried)) / (hour - previous.hour + 1);
}
