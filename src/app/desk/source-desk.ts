import { z } from "zod";
import { fail, ok } from "../../core/result.ts";
import type { Access } from "../access/access.ts";
import { defaultWindowMinutes, reportSources, sharedNameWords, type SourceReport } from "../sources-report.ts";
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
const sorts = ["cluster", "source", "kind", "state", "recordsPerSecond", "lagMs", "lost", "lastArrivalMs"] as const;
type Sort = (typeof sorts)[number];
const place = z.number().int().min(0);

/** How the sources of clusters stand, in which one may see any namespace. */
export function sourceDesk({ state, access, namespaces, nowMs, flush }: SourceDeskParts): SourceDesk {
  return {
    list: async (who, query) => {
      const { cursor, limit, ...asked } = query;
      const start = cursor === undefined ? ok(0) : readCursor(cursor, asked, place);
      if (!start.ok) return start;
      const sort = asked.sort ?? "cluster";
      const isDescending = sort.startsWith("-");
      const field = sorts.find((one) => one === (isDescending ? sort.slice(1) : sort));
      if (field === undefined) {
        const message = `sources are sorted by ${sorts.join(", ")}, with \`-\` before it for descending`;
        return fail({ kind: "invalid", code: "sort_unknown", message });
      }
      const seen = await access.among(who, "view", await namespaces());
      const clusters = seen === "all" ? undefined : new Set(seen.map(({ cluster }) => cluster));
      await flush();
      const now = nowMs();
      const report = await reportSources(
        state,
        now,
        defaultWindowMinutes,
        (cluster) => clusters === undefined || clusters.has(cluster),
      );
      const first = Math.floor(now / 60_000) - minutesShown + 1;
      const minutes = Map.groupBy(await state.sources.recordsByMinute(first), keyOf);
      const text = asked.q?.toLowerCase() ?? "";
      const rows = report.sources
        .filter(
          (row) =>
            (asked.cluster?.includes(row.cluster) ?? true) &&
            (asked.state?.includes(row.state) ?? true) &&
            `${row.cluster} ${row.observer} ${row.source} ${row.kind}`.toLowerCase().includes(text),
        )
        .map((row) => {
          const shown = Array.from({ length: minutesShown }, () => 0);
          for (const { minute, records } of minutes.get(keyOf(row)) ?? []) {
            if (minute - first < minutesShown) shown[minute - first] = records;
          }
          return rowOf(row, shown);
        })
        .toSorted((a, b) => compare(a, b, field, isDescending));
      const end = start.value + limit;
      return ok({
        items: rows.slice(start.value, end),
        ...(end < rows.length ? { nextCursor: writeCursor(end, asked) } : {}),
        total: rows.length,
        isTotalExact: true,
      });
    },
  };
}

function keyOf({ cluster, observer, source }: { cluster: string; observer: string; source: string }): string {
  return JSON.stringify([cluster, observer, source]);
}

function rowOf(report: SourceReport, minutes: number[]): SourceRow {
  const { cluster, observer, source, kind, state, message, recordsPerSecond, lost, malformed, dropped } = report;
  const isShared = report.troubles.includes("shared-name");
  return {
    cluster,
    observer,
    source,
    kind,
    // Whoever looks wants to know that nothing is heard, whatever was said last.
    state: report.troubles.includes("silent") ? "silent" : state,
    message: [...(isShared ? [sharedNameWords(observer)] : []), ...(message === "" ? [] : [message])].join("; "),
    recordsPerSecond,
    lagMs: report.lagMs?.mean ?? null,
    lost,
    malformed,
    dropped,
    lastArrivalMs: report.lastArrival === null ? null : Date.parse(report.lastArrival),
    minutes,
  };
}

/** What is not known comes last in both directions; equal ones by their names. */
function compare(a: SourceRow, b: SourceRow, field: Sort, isDescending: boolean): number {
  const [own, other] = [a[field], b[field]];
  if (own !== other) {
    if (own === null) return 1;
    if (other === null) return -1;
    return own < other === isDescending ? 1 : -1;
  }
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
