import { ok } from "../../core/result.ts";
import type { Access } from "../access/access.ts";
import type { Principal } from "../access/principal.ts";
import { hourMs } from "../history/rows/codes.ts";
import type { TrafficReader } from "../history/traffic-reader.ts";
import { isWell } from "../source-troubles.ts";
import { defaultWindowMinutes, reportSources } from "../sources-report.ts";
import type { Decisions } from "../state/books.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import type { State } from "../state/state.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { Overview } from "../wire/overview.ts";
import { DayShelf } from "./day-shelf.ts";
import type { OverviewDesk, ProposalDesk } from "./desk.ts";
import { FindingShelf, type ListedFinding } from "./finding-shelf.ts";
import { ofHistory } from "./judge-failure.ts";

export interface OverviewDeskParts {
  readonly decisions: Decisions;
  readonly state: Pick<State, "sources" | "observers">;
  readonly proposals: ProposalDesk;
  readonly traffic: TrafficReader;
  readonly access: Access;
  readonly nowMs: () => number;
}

const mostWidest = 5;
const mostUrgent = 5;
/** From below to before; the last one holds what is not known. */
const readinessSteps: readonly (readonly [from: number | null, to: number | null])[] = [
  [0.99, null],
  [0.95, 0.99],
  [0.8, 0.95],
  [0, 0.8],
  [null, null],
];

/** What a person sees first: what waits for a decision, and how it stands with the namespaces they may see. */
export function overviewDesk(parts: OverviewDeskParts): OverviewDesk {
  const { decisions, state, proposals, traffic, access, nowMs } = parts;
  const shelf = new FindingShelf(decisions.namespaces, nowMs);
  const days = new DayShelf(decisions.namespaces, nowMs);
  return {
    overview: async (who) => {
      const now = nowMs();
      const all = await decisions.namespaces.all();
      const seen = await access.among(who, "view", all);
      const isSeen = seen === "all" ? () => true : memberOf(seen);
      const own = all.filter(isSeen);
      const within = seen === "all" ? undefined : seen;
      const clusters = new Set(own.map(({ cluster }) => cluster));
      const [exposure, urgent, findings, hour, sources] = await Promise.all([
        days.sums(seen === "all" ? undefined : isSeen),
        decisionsOf(proposals, who),
        shelf.findings(),
        ofHistory(
          traffic.sums({
            window: { fromMs: now - hourMs, toMs: now },
            within,
            by: ["verdict"],
            sort: "flows",
            isDescending: true,
            offset: 0,
            limit: 10,
          }),
        ),
        // Who may see everything also sees a cluster of which nothing was heard yet.
        reportSources(state, now, defaultWindowMinutes, (cluster) => seen === "all" || clusters.has(cluster)),
      ]);
      if (!hour.ok) return hour;
      const { rows } = hour.value;
      const flows = (wanted: string | undefined): number =>
        rows.reduce((sum, row) => (wanted === undefined || row.verdict === wanted ? sum + row.flows : sum), 0);
      const troubled = sources.sources.filter((source) => !isWell(source)).length;
      return ok({
        namespaces: countsOf(own),
        exposure: [...exposure],
        readiness: readinessSteps.map(([from, to]) => ({
          from,
          to,
          namespaces: own.filter(({ readinessDay: day }) =>
            from === null ? day === undefined : day !== undefined && day >= from && (to === null || day < to),
          ).length,
        })),
        decisions: { ...urgent, stopped: own.filter(({ stoppedBecause }) => stoppedBecause !== undefined).length },
        findings: bySeverity(findings.filter(({ where }) => isSeen(where))),
        flowsLastHour: flows(undefined),
        deniedLastHour: flows("denied"),
        sources: { running: sources.sources.length - troubled, troubled },
        widest: widestOf(own),
      });
    },
  };
}

function memberOf(refs: readonly NamespaceRef[]): (where: NamespaceRef) => boolean {
  const keys = new Set(refs.map(({ cluster, namespace }) => `${cluster}/${namespace}`));
  return ({ cluster, namespace }) => keys.has(`${cluster}/${namespace}`);
}

function countsOf(own: readonly NamespaceRecord[]): Overview["namespaces"] {
  const counts = { enforced: 0, partial: 0, none: 0, unknown: 0, observe: 0, review: 0, automate: 0 };
  for (const { coverage, phase } of own) {
    counts[coverage] += 1;
    counts[phase] += 1;
  }
  return { total: own.length, ...counts };
}

/** Counts and the most urgent proposals come from the same lists that people see. */
async function decisionsOf(proposals: ProposalDesk, who: Principal): Promise<Omit<Overview["decisions"], "stopped">> {
  const list = async (
    state: ("pending-review" | "changes-requested" | "approved" | "pull-request-open")[],
    limit: number,
  ): Promise<{ total: number; items: Overview["decisions"]["proposals"] }> => {
    const page = await proposals.list(who, { state, limit, sort: "-risk" });
    return page.ok ? { total: page.value.total, items: [...page.value.items] } : { total: 0, items: [] };
  };
  const [pending, changes, approved] = await Promise.all([
    list(["pending-review"], mostUrgent),
    list(["changes-requested"], mostUrgent),
    list(["approved", "pull-request-open"], 1),
  ]);
  return {
    pendingReview: pending.total,
    changesRequested: changes.total,
    approvedNotMerged: approved.total,
    proposals: [...pending.items, ...changes.items].slice(0, mostUrgent),
  };
}

function bySeverity(findings: readonly ListedFinding[]): Overview["findings"] {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) {
    if (severity === "error" || severity === "warning" || severity === "info") counts[severity] += 1;
  }
  return counts;
}

/** The families are one number here: what is open in the wider one. */
function widestOf(own: readonly NamespaceRecord[]): Overview["widest"] {
  return own
    .flatMap(({ cluster, namespace, exposure }) => {
      const open = [exposure?.v4, exposure?.v6].flatMap((one) => one ?? []);
      return open.length === 0 ? [] : [{ cluster, namespace, exposure: Math.max(...open) }];
    })
    .toSorted((a, b) => b.exposure - a.exposure || (a.namespace < b.namespace ? -1 : 1))
    .slice(0, mostWidest);
}
