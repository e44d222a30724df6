import { fail, ok } from "../../core/result.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Access } from "../access/access.ts";
import type { Principal } from "../access/principal.ts";
import type { ClusterReader } from "../judge/cluster-reader.ts";
import type { Judge } from "../judge/judge.ts";
import { widestExposure } from "../namespaces/widest-exposure.ts";
import type { Decisions } from "../state/books.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import {
  type NamespaceDetail,
  type NamespaceQuery,
  type NamespaceSummary,
  namespaceSorts,
  type PolicyView,
} from "../wire/namespaces.ts";
import type { AutomationSettings } from "../wire/settings.ts";
import { changePhase } from "./change-phase.ts";
import type { NamespaceDesk } from "./desk.ts";
import { deskFailureOf } from "./judge-failure.ts";
import { allowedAmong, namespaceKey, noSuchNamespace } from "./namespace-keys.ts";
import { pageOfRows, readSort } from "./page-of-rows.ts";
import { phaseView } from "./phase-view.ts";
import { proposalSummary } from "./proposal-view.ts";
import type { ServerEvents } from "./server-events.ts";

export interface NamespaceDeskParts {
  readonly decisions: Decisions;
  readonly access: Access;
  readonly judge: Judge;
  readonly clusters: ClusterReader;
  readonly events: ServerEvents;
  readonly automation: () => Promise<AutomationSettings>;
  readonly nowMs: () => number;
}

const dayMs = 86_400_000;
const historyDays = 90;
const mostProposals = 50;
/** What is asked for a page must not take for ever. */
const longestMs = 20_000;

/** Namespaces as people list and open them. */
export function namespaceDesk(parts: NamespaceDeskParts): NamespaceDesk {
  const { decisions, access, judge } = parts;
  const mayView = async (who: Principal, where: NamespaceRef): Promise<NamespaceRecord | undefined> => {
    const [record, isAllowed] = await Promise.all([decisions.namespaces.get(where), access.may(who, "view", where)]);
    return isAllowed ? record : undefined;
  };
  return {
    list: async (who, query) => {
      const { cursor, limit, ...asked } = query;
      const sort = readSort(asked.sort ?? "namespace", namespaceSorts, "namespaces");
      if (!sort.ok) return sort;
      const [all, open] = await Promise.all([decisions.namespaces.all(), decisions.proposals.countOpenByNamespace()]);
      const isAllowed = await allowedAmong(access, who, "view", all);
      const openOf = new Map(open.map((own) => [namespaceKey(own), own.open]));
      const rows = all
        .filter((record) => isWanted(record, asked) && isAllowed(record))
        .map((record) => summaryOf(record, openOf.get(namespaceKey(record)) ?? 0));
      const order = { valueOf: valueOf[sort.value.field], keyOf, isDescending: sort.value.isDescending };
      return pageOfRows(rows, order, { cursor, limit, asked });
    },
    get: async (who, where) => {
      const record = await mayView(who, where);
      return record === undefined ? fail(noSuchNamespace(where)) : ok(await detailOf(who, record, parts));
    },
    flowMap: async (who, where, { fromMs, toMs, workload, most }) => {
      const record = await mayView(who, where);
      if (record === undefined) return fail(noSuchNamespace(where));
      const { cluster, namespace } = record;
      const ask = { cluster, namespace, fromMs, toMs, workloads: workload ?? [], most };
      const map = await judge.flowMap(ask, AbortSignal.timeout(longestMs));
      return map.ok ? map : fail(deskFailureOf(map.error));
    },
    changePhase: async (who, where, change) => {
      const record = await mayView(who, where);
      return record === undefined ? fail(noSuchNamespace(where)) : changePhase(parts, who, record, change);
    },
  };
}

/** Of one name the clusters in their order. */
function keyOf({ cluster, namespace }: NamespaceRef): string {
  return `${namespace}/${cluster}`;
}

function isWanted(
  { cluster, namespace, phase, coverage }: NamespaceRecord,
  asked: Omit<NamespaceQuery, "cursor" | "limit">,
): boolean {
  return (
    (asked.cluster?.includes(cluster) ?? true) &&
    (asked.phase?.includes(phase) ?? true) &&
    (asked.coverage?.includes(coverage) ?? true) &&
    (asked.q === undefined || `${cluster} ${namespace}`.toLowerCase().includes(asked.q.toLowerCase()))
  );
}

const valueOf: Readonly<Record<(typeof namespaceSorts)[number], (row: NamespaceSummary) => string | number | null>> = {
  namespace: ({ namespace }) => namespace,
  cluster: ({ cluster }) => cluster,
  flows: ({ flows }) => flows,
  destinations: ({ destinations }) => destinations,
  readiness: ({ readinessDay }) => readinessDay,
  // Most of what there is to reach is behind IPv4; a cluster without it has only the other.
  exposure: ({ exposure }) => (exposure === null ? null : widestExposure(exposure)),
  lastSeenMs: ({ lastSeenMs }) => lastSeenMs,
  findings: ({ findings }) => findings,
};

function summaryOf(record: NamespaceRecord, openProposals: number): NamespaceSummary {
  const { cluster, namespace, phase, coverage, flows, destinations, workloads, findings } = record;
  return {
    cluster,
    namespace,
    phase,
    coverage,
    flows,
    destinations,
    workloads,
    firstSeenMs: record.firstSeenMs ?? null,
    lastSeenMs: record.lastSeenMs ?? null,
    readinessDay: record.readinessDay ?? null,
    exposure: record.exposure ?? null,
    findings,
    openProposals,
  };
}

async function detailOf(who: Principal, record: NamespaceRecord, parts: NamespaceDeskParts): Promise<NamespaceDetail> {
  const { decisions, access, automation, nowMs } = parts;
  const { cluster, namespace } = record;
  const where = { cluster, namespace };
  const [open, recent, days, policies, settings, mayChange] = await Promise.all([
    decisions.proposals.openOf(where),
    decisions.proposals.list({
      within: [where],
      clusters: [cluster],
      namespaces: [namespace],
      sort: "updatedAtMs",
      isDescending: true,
      limit: mostProposals,
    }),
    decisions.namespaces.days(where, nowMs() - historyDays * dayMs),
    policiesOf(where, parts),
    automation(),
    access.may(who, "administer", where),
  ]);
  const proposals = new Map<string, Proposal>([...recent.proposals, ...open].map((own) => [own.id, own]));
  const { threshold, reviewByMs, stoppedBecause, risk } = phaseView(record, open, settings);
  return {
    ...summaryOf(record, open.length),
    policies: [...policies],
    proposals: [...proposals.values()].toSorted((a, b) => b.updatedAtMs - a.updatedAtMs).map(proposalSummary),
    history: days.map(({ dayMs: day, exposure, readiness, denied }) => ({
      dayMs: day,
      exposure: exposure ?? null,
      readiness: readiness ?? null,
      denied,
    })),
    learnedAtMs: record.learnedAtMs ?? null,
    automation: { threshold, reviewByMs, stoppedBecause, risk, mayChange },
  };
}

/** With the traffic of each rule; where that cannot be had, what is in force all the same, and why there is no more. */
async function policiesOf(
  where: NamespaceRef,
  { judge, clusters }: NamespaceDeskParts,
): Promise<readonly PolicyView[]> {
  const look = await judge.review({ ...where, isLook: true }, AbortSignal.timeout(longestMs));
  if (look.ok) return look.value.policies;
  const { code, message } = look.error;
  const live = (await clusters.policies(where)) ?? [];
  return live.map(({ kind, name, manifest, status }) => ({
    kind,
    name,
    manifest,
    rules: [],
    findings: [{ code, severity: "warning", message: `the traffic of its rules is not told: ${message}`, fix: "" }],
    status,
  }));
}
