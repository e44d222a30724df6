import type { FlowWindow } from "../../flows/harvest.ts";
import type { ServiceUse } from "../services/service-use.ts";
import { type AddressHistory, addressHistories, type Clock, clockOf, never } from "./address-history.ts";
import type { AnsweredAddress, NameBook } from "./name-book.ts";
import { eachAddress, eachBlock, type Novelty, noveltyOf, type Walk, walkOf } from "./novelty.ts";
import { estimatedFlows } from "./sampled-flows.ts";
import { unseenMass } from "./unseen.ts";

export interface StatisticsContext {
  readonly window: FlowWindow | undefined;
  /** Largest N of 1-in-N sampling; 1 where every packet was looked at. */
  readonly sampling: number;
  readonly names: NameBook;
}

/** How the destinations of one service come and go, as one namespace saw them. */
export interface UseStatistics {
  /** Flow records, and how many flows there were behind them. */
  readonly records: number;
  readonly flows: number;
  /** From the service's first record to the end of the recording; 0 where the records have no times. */
  readonly days: number;
  readonly addresses: number;
  /** Share of the next flows that would go to addresses never seen, were nothing to change (Good–Turing). */
  readonly unseenMass: number;
  /** Addresses met for the first time per day, over the later half of the days. */
  readonly newAddressesPerDay: number;
  /** Days in which half of the addresses are replaced; undefined where none is. */
  readonly halfLifeDays: number | undefined;
  /** Share of the records whose connection was answered or not known to be unanswered. */
  readonly answered: number;
  readonly histories: readonly AddressHistory[];
  readonly clock: Clock | undefined;
  readonly walk: Walk | undefined;
  /** Of exact addresses. */
  readonly exact: Novelty;
}

/** @param among addresses that count as known as well */
export function statisticsOf(
  { edges, names: own, namespace }: ServiceUse,
  { window, sampling, names }: StatisticsContext,
  among: readonly AnsweredAddress[] = [],
): UseStatistics {
  const clock = clockOf(window);
  const answered = [...own.flatMap((name) => names.answered(name, namespace)), ...among];
  const histories = addressHistories(edges, clock, answered);
  const walk = walkOf(histories, clock);
  const exact = noveltyOf(histories, eachAddress, walk);
  let records = 0;
  let bytes: number | undefined = 0;
  let unanswered = 0;
  for (const edge of edges) {
    records += edge.flows;
    bytes = bytes === undefined || edge.bytes === undefined ? undefined : bytes + edge.bytes;
    if (edge.verdict === "unanswered") unanswered += edge.flows;
  }
  const days = walk === undefined ? 0 : ((walk.last - walk.start + 1) * clock!.hoursPerPeriod) / 24;
  const newAddressesPerDay = newPerDay(histories, walk, clock);
  const inUse = averageInUse(histories);
  return {
    records,
    flows: estimatedFlows(records, bytes, sampling),
    days,
    addresses: exact.units,
    unseenMass: unseenMass({ total: exact.flows, once: exact.once }),
    newAddressesPerDay,
    halfLifeDays: newAddressesPerDay === 0 || inUse === 0 ? undefined : (Math.LN2 * inUse) / newAddressesPerDay,
    answered: records === 0 ? 1 : 1 - unanswered / records,
    histories,
    clock,
    walk,
    exact,
  };
}

/** Novelty of blocks of these lengths, where a policy allows each block that was met. */
export function blockNovelty(
  { histories, walk }: UseStatistics,
  lengths: { readonly 4: number; readonly 6: number },
): Novelty {
  return noveltyOf(histories, eachBlock(lengths), walk);
}

function newPerDay(histories: readonly AddressHistory[], walk: Walk | undefined, clock: Clock | undefined): number {
  if (walk === undefined || clock === undefined || walk.last === walk.firstOrigin) return 0;
  let late = 0;
  for (const { first } of histories)
    for (const period of first) if (period > walk.firstOrigin && period !== never) late += 1;
  return late / (((walk.last - walk.firstOrigin) * clock.hoursPerPeriod) / 24);
}

/** Addresses in use in a period with traffic. */
function averageInUse(histories: readonly AddressHistory[]): number {
  const periods = new Set<number>();
  let used = 0;
  for (const { uses } of histories)
    for (const own of uses) {
      let last = -1;
      for (let i = 0; i < own.length; i += 2) {
        if (own[i]! > last) used += 1;
        last = Math.max(last, own[i]!);
        periods.add(own[i]!);
      }
    }
  return periods.size === 0 ? 0 : used / periods.size;
}
