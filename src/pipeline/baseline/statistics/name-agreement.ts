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
  /** Answers were recorded; without any, a name with few addresses may always answer with all of them. */
  readonly isByAnswers: boolean;
}

/** More flows of one name tell nothing new, and this many are compared in a moment. */
const comparedEntries = 20_000;

/** What is as good as complete: answers get lost, and addresses change between two of them. */
const complete = 0.9;

/**
 * Where answers were recorded, they tell ({@link NameRecord.completeness}). Else flows of the same hour are compared with each
 * other: the chance that two of them went to one address (Simpson 1949, without bias: pairs without repetition) is the chance
 * that another answer would have held it, were each answer one address. An hour with one flow is compared with the last hour
 * before it. The families are apart: a resolver asks for both.
 * @param edges of one name
 */
export function nameAgreement(edges: readonly Edge[], { completeness }: NameRecord, days: number): NameAgreement {
  if (completeness !== undefined) return agreementByAnswers(edges, completeness, days);
  const families = ([4, 6] as const).map((family) =>
    compareHours(hoursOf(edges.filter(({ address }) => address.family === family))),
  );
  const sum = (of: (part: Compared) => number): number => families.reduce((all, part) => all + of(part), 0);
  const pairs = sum((part) => part.pairs);
  const trials = sum((part) => part.trials);
  const missedShare = pairs === 0 ? 0 : 1 - sum((part) => part.equal) / pairs;
  const hours = Math.max(...families.map((part) => part.hours));
  return {
    addresses: Math.max(...families.map((part) => part.addresses)),
    trials,
    misses: trials * Math.min(1, missedShare * flowsPerHour),
    missedShare,
    activeHoursPerDay: Math.min(24, hours / Math.max(days, 1 / 24)),
    isByAnswers: false,
  };
}

function agreementByAnswers(edges: readonly Edge[], completeness: number, days: number): NameAgreement {
  const addresses = { 4: new Set<AddressKey>(), 6: new Set<AddressKey>() };
  const hours = new Set<number>();
  let entries = 0;
  for (const { address, activity } of edges) {
    addresses[address.family].add(addressKey(address));
    entries += activity.length;
    if (entries > comparedEntries) continue;
    for (const { hour } of activity) hours.add(hour);
  }
  const missedShare = completeness >= complete ? 0 : 1 - completeness;
  return {
    addresses: Math.max(addresses[4].size, addresses[6].size),
    trials: hours.size,
    misses: hours.size * Math.min(1, missedShare * flowsPerHour),
    missedShare,
    activeHoursPerDay: Math.min(24, hours.size / Math.max(days, 1 / 24)),
    isByAnswers: true,
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
  /** Hours in which anything can be compared. */
  readonly trials: number;
  /** Pairs of flows, and those to one address. */
  readonly pairs: number;
  readonly equal: number;
}

/** As many flows of an hour are counted as asking for themselves; the others share their answers. */
const flowsPerHour = 4;

function compareHours({ addresses, entries }: ReturnType<typeof hoursOf>): Compared {
  let [trials, pairs, equal, hours] = [0, 0, 0, 0];
  let previous: { readonly hour: number; readonly ids: ReadonlySet<number> } | undefined;
  for (let from = 0; from < entries.length;) {
    const { hour } = entries[from]!;
    const counts = new Map<number, number>();
    let to = from;
    let total = 0;
    for (; to < entries.length && entries[to]!.hour === hour; to += 1) {
      const { id, flows } = entries[to]!;
      counts.set(id, (counts.get(id) ?? 0) + flows);
      total += flows;
    }
    hours += 1;
    if (total > 1) {
      trials += 1;
      // Hours count by their flows, not by their pairs: a busy hour is one hour.
      pairs += total;
      let same = 0;
      for (const count of counts.values()) same += count * (count - 1);
      equal += same / (total - 1);
    } else if (previous !== undefined) {
      trials += 1;
      // The longer ago, the more likely it is that the name itself moved on, which a resolver follows.
      const [id] = counts.keys();
      const weight = previous.ids.has(id!) ? 1 : 1 / (hour - previous.hour + 1);
      pairs += weight;
      if (previous.ids.has(id!)) equal += 1;
    }
    previous = { hour, ids: new Set(counts.keys()) };
    from = to;
  }
  return { addresses, hours, trials, pairs, equal };
}
