import type { TrafficReader } from "../history/traffic-reader.ts";
import type { Decisions } from "../state/books.ts";
import type { NamespaceDay } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { allSums } from "./all-sums.ts";

const dayMs = 86_400_000;
/** As far back as pages show. */
const shownDays = 90;
/** Namespaces of one transaction: others wait for it. */
const atOnce = 100;

interface Seen extends NamespaceRef {
  readonly firstSeenMs: number | undefined;
}

/**
 * Days before today that nobody counted while they went on, and yesterday, of which some came late. What was denied is told by
 * the history; how much was open, and how ready it was, by nothing: that stays as it is known.
 */
export async function countPastDays(
  { decisions, traffic }: { readonly decisions: Decisions; readonly traffic: Pick<TrafficReader, "sums"> },
  all: readonly Seen[],
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const today = Math.floor(nowMs / dayMs) * dayMs;
  const from = today - (shownDays - 1) * dayMs;
  for (let day = today - dayMs; day >= from && !signal.aborted; day -= dayMs) {
    const seen = all.filter(({ firstSeenMs = Infinity }) => firstSeenMs < day + dayMs);
    // A day at a time: years of a fleet in one answer would keep everybody waiting.
    const known = new Map<string, NamespaceDay>();
    for (const { cluster, namespace, ...own } of await decisions.namespaces.allDays(day, day + dayMs)) {
      known.set(keyOf({ cluster, namespace }), own);
    }
    const due = seen.filter((own) => day === today - dayMs || !known.has(keyOf(own)));
    if (due.length === 0) continue;
    const window = { fromMs: day, toMs: day + dayMs };
    const sums = await allSums(traffic, { window, within: undefined, verdicts: ["denied"] }, ["namespace"]);
    const deniedOf = new Map(sums.map((row) => [`${row.cluster}/${row.namespace}`, row.flows]));
    const changed = due.flatMap(({ cluster, namespace }) => {
      const where = { cluster, namespace };
      const before = known.get(keyOf(where));
      const denied = deniedOf.get(keyOf(where)) ?? 0;
      if (before?.denied === denied) return [];
      return [{ where, day: { exposure: undefined, readiness: undefined, ...before, dayMs: day, denied } }];
    });
    for (let first = 0; first < changed.length; first += atOnce) {
      await decisions.change(async ({ namespaces }) => {
        for (const { where, day: own } of changed.slice(first, first + atOnce)) await namespaces.setDay(where, own);
      });
    }
  }
}

function keyOf({ cluster, namespace }: NamespaceRef): string {
  return `${cluster}/${namespace}`;
}
