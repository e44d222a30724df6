import { z } from "zod";
import { fail, ok } from "../../core/result.ts";
import type { Access } from "../access/access.ts";
import { isCoarse, rankOf, troubleWords } from "../source-troubles.ts";
import { defaultWindowMinutes, reportSources, type SourceReport } from "../sources-report.ts";
import type { ReportedMinute } from "../state/sources.ts";
import type { State } from "../state/state.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { SourceRow } from "../wire/sources.ts";
import type { SourceDesk } from "./desk.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";

export interface SourceDeskParts {
  readonly state: Pick<State, "sources" | "observers">;
  readonly access: Access;
  readonly namespaces: () => Promise<readonly NamespaceRef[]>;
  readonly nowMs: () => number;
  /** Writes what is known of sources to the state, so that the answer is of now. */
  readonly flush: () => Promise<void>;
}

const minutesShown = 60;
const minuteMs = 60_000;
const sorts = [
  "cluster",
  "source",
  "kind",
  "state",
  "recordsPerSecond",
  "lagMs",
  "lost",
  "missing",
  "lastArrivalMs",
] as const;
type Sort = (typeof sorts)[number];
const place = z.number().int().min(0);

/** How the sources of clusters stand, in which one may see any namespace. */
export function sourceDesk({ state, access, namespaces, nowMs, flush }: SourceDeskParts): SourceDesk {
  return {
    list: async (who, query) => {
      const { cursor, limit, ...asked } = query;
      const start = cursor === undefined ? ok(0) : readCursor(cursor, asked, place);
      if (!start.ok) return start;
      const sort = asked.sort ?? "state";
      const isDescending = sort.startsWith("-");
      const field = sorts.find((one) => one === (isDescending ? sort.slice(1) : sort));
      if (field === undefined) {
        const message = `sources are sorted by ${sorts.join(", ")}, with \`-\` before it for descending`;
        return fail({ kind: "invalid", code: "sort_unknown", message });
      }
      const seen = await access.among(who, "view", await namespaces());
      const clusters = seen === "all" ? undefined : new Set(seen.map(({ cluster }) => cluster));
      // On a full disk the last seconds are missing, and the rest is still worth seeing.
      await flush().catch(() => {});
      const now = nowMs();
      const report = await reportSources(
        state,
        now,
        defaultWindowMinutes,
        (cluster) => clusters === undefined || clusters.has(cluster),
      );
      const text = asked.q?.toLowerCase() ?? "";
      const found = report.sources
        .filter(
          (one) =>
            takes(asked.cluster, one.cluster) &&
            takes(asked.observer, one.observer) &&
            takes(asked.source, one.source) &&
            takes(asked.state, stateOf(one)) &&
            (asked.trouble?.some((trouble) => one.troubles.includes(trouble)) ?? true) &&
            `${one.cluster} ${one.observer} ${one.source} ${one.kind}`.toLowerCase().includes(text),
        )
        .toSorted((a, b) => compare(a, b, field, isDescending));
      const end = start.value + limit;
      const shown = found.slice(start.value, end);
      // Whole minutes: the running one would look like a fall.
      const first = Math.floor(now / minuteMs) - minutesShown;
      const minutes = Map.groupBy(await state.sources.minutesOf(shown, first), keyOf);
      const observers = new Map(report.observers.map((one) => [nameOf(one), one]));
      return ok({
        items: shown.map((one) => ({
          ...rowOf(one, now, minutesShownOf(minutes.get(keyOf(one)) ?? [], first)),
          observerVersion: observers.get(nameOf(one))?.version ?? "",
          observerAddress: observers.get(nameOf(one))?.address ?? "",
        })),
        ...(end < found.length ? { nextCursor: writeCursor(end, asked) } : {}),
        total: found.length,
        isTotalExact: true,
      });
    },
  };
}

function takes(asked: readonly string[] | undefined, own: string): boolean {
  return asked?.includes(own) ?? true;
}

function keyOf({ cluster, observer, source }: { cluster: string; observer: string; source: string }): string {
  return JSON.stringify([cluster, observer, source]);
}

function nameOf({ cluster, observer }: { cluster: string; observer: string }): string {
  return JSON.stringify([cluster, observer]);
}

/** Whoever looks wants to know that nothing is heard, whatever was said last. */
function stateOf({ state, troubles }: SourceReport): string {
  return troubles.includes("silent") ? "silent" : state;
}

function minutesShownOf(reported: readonly ReportedMinute[], first: number): SourceRow["minutes"] {
  const empty = (): (number | null)[] => Array.from({ length: minutesShown }, () => null);
  const [records, missing, lagMs] = [empty(), empty(), empty()];
  for (const one of reported) {
    const at = one.minute - first;
    // The running minute, and those to come after a clock was set back.
    if (at >= minutesShown) continue;
    records[at] = one.records;
    missing[at] = one.missing;
    lagMs[at] = one.lagMs === undefined ? null : Math.round(one.lagMs);
  }
  return { fromMs: first * minuteMs, records, missing, lagMs };
}

function rowOf(
  report: SourceReport,
  nowMs: number,
  minutes: SourceRow["minutes"],
): Omit<SourceRow, "observerVersion" | "observerAddress"> {
  const { lagMs, lastArrival, lastReport, firstReport, ...same } = report;
  return {
    ...same,
    isCoarse: isCoarse(report.kind),
    state: stateOf(report),
    troubles: [...troubleWords(report, nowMs)],
    windowMinutes: defaultWindowMinutes,
    lagMs: lagMs?.mean ?? null,
    lagMaxMs: lagMs?.max ?? null,
    lastArrivalMs: lastArrival === null ? null : Date.parse(lastArrival),
    firstReportMs: Date.parse(firstReport),
    lastReportMs: Date.parse(lastReport),
    minutes,
  };
}

function valueOf(report: SourceReport, field: Sort): string | number | null {
  switch (field) {
    // From the worst to the best.
    case "state":
      return rankOf(report);
    case "missing":
      return report.lost + report.dropped;
    case "lagMs":
      return report.lagMs?.mean ?? null;
    case "lastArrivalMs":
      return report.lastArrival;
    default:
      return report[field];
  }
}

/** What is not known comes last in both directions; equal ones by their names. */
function compare(a: SourceReport, b: SourceReport, field: Sort, isDescending: boolean): number {
  const [own, other] = [valueOf(a, field), valueOf(b, field)];
  if (own !== other) {
    if (own === null) return 1;
    if (other === null) return -1;
    return own < other === isDescending ? 1 : -1;
  }
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
