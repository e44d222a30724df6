import type { Cidr } from "../../core/net/ip-set.ts";
import { compareIp } from "../../core/net/ip.ts";
import { parseDecider } from "../../core/policy/decider.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { compareOwners, compareText } from "../../pipeline/flows/edge-builder.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import { isHostName } from "../../pipeline/flows/gather-names.ts";
import { knownNetworks } from "../../pipeline/flows/gather.ts";
import { warningsOf } from "../../pipeline/flows/harvest-warnings.ts";
import { type FlowInput, type Harvest, type LeftOut, leftOutReasons } from "../../pipeline/flows/harvest.ts";
import { type FlowFormat, flowFormats } from "../../pipeline/sources/flow-format.ts";
import type { Failure } from "../failure.ts";
import type { Coverage, EdgeQuery, StoredCoarse, StoredHealth, StoredName, Window } from "./edge-store.ts";
import { maxHistoryRows } from "./history-codec.ts";
import type { HistoryReader } from "./history-reader.ts";
import { HistoryUnavailable } from "./history-unavailable.ts";
import { warningsOfHistory } from "./history-warnings.ts";
import type { HourSpan } from "./hour-span.ts";
import { namesOfHistory } from "./names-of-history.ts";
import { observationGaps, withoutHours } from "./observation-gaps.ts";
import { unrecordedWorkloads } from "./unrecorded-workloads.ts";

export interface HistoryScope {
  /** Undefined where the history has only one. */
  readonly cluster: string | undefined;
  /** Empty means every namespace. */
  readonly namespaces: readonly string[];
  readonly window: Window;
  /** What is later has not happened yet: nobody can have watched it. */
  readonly nowMs: number;
  readonly facts: ClusterFacts | undefined;
  readonly given: { readonly pods: readonly Cidr[]; readonly services: readonly Cidr[] };
}

export interface ReadingLimits {
  readonly edges: number;
  readonly names: number;
}

/** What a policy is learned from must fit into memory. */
const defaultLimits: ReadingLimits = { edges: 2_000_000, names: 500_000 };
/** Of metrics: who is missing shows in far fewer. */
const maxCoarseRows = 100_000;

/**
 * Reads a harvest from a history, as if the flows of the window had just been read: with the gaps that its sources told of.
 * Namespace by namespace, so that no answer is large.
 */
export async function harvestOfHistory(
  reader: HistoryReader,
  scope: HistoryScope,
  limits: ReadingLimits = defaultLimits,
): Promise<Result<Harvest, Failure>> {
  if (scope.window.fromMs >= scope.window.toMs) {
    return fail({ code: "history_question", message: "the time is empty: `--since` is not before `--until`" });
  }
  const chosen = chooseSpaces(await reader.coverage(), scope);
  if (!chosen.ok) return chosen;
  const { cluster, namespaces } = chosen.value;
  const { window } = scope;
  const read = await edgesOf(reader, { cluster, window }, namespaces, limits.edges);
  if (!read.ok) return read;
  const edges = read.value;
  const told = await namesOfHistory(reader, { cluster, window }, namespaces, limits.names);
  const nameEvidence = told.names.filter(({ name }) => isHostName(name));
  const health = await healthOf(reader, cluster, window);
  const inputs = health.map(inputOf);
  const sum = (count: (own: StoredHealth) => number): number => health.reduce((total, own) => total + count(own), 0);
  const overflow = { edges: sum(({ dropped }) => dropped), activity: 0, names: told.overflow };
  const harvest: Omit<Harvest, "warnings" | "isComplete"> = {
    edges,
    nameEvidence: nameEvidence.toSorted(compareEvidence),
    leftOut: leftOutOf(health),
    malformed: { count: sum(({ malformed }) => malformed), samples: [] },
    inputs,
    window: windowOf(edges),
    samplingMax: Math.max(1, ...health.map(({ samplingMax }) => samplingMax)),
    gaps: { lostEvents: sum(({ lost }) => lost), nodeOutages: sum(({ outages }) => outages) },
    clusterNetworks: knownNetworks({ facts: scope.facts, given: scope.given }) ?? {
      pods: [],
      services: [],
      origin: "unknown",
    },
    overflow,
  };
  const seen = new Set(edges.flatMap(({ activity }) => activity.map(({ hour }) => hour)));
  const unwatched = withoutHours(observationGaps(health, scope), seen);
  const unrecorded = unrecordedWorkloads(await coarseOf(reader, { ...scope, cluster }), edges);
  const own = warningsOfHistory(unwatched, unrecorded);
  const { gaps, samplingMax } = harvest;
  const isMissing = overflow.edges + overflow.names + gaps.lostEvents + gaps.nodeOutages > 0;
  return ok({
    ...harvest,
    unwatchedHours: hoursOf(unwatched),
    isComplete:
      samplingMax === 1 && !isMissing && own.length === 0 && !inputs.some(({ format }) => format === "ovn-acl"),
    // That a source brought nothing in a window is no mistake of the reader's.
    warnings: [...own, ...warningsOf(harvest, []).filter(({ code }) => code !== "flows_empty_input")],
  });
}

function chooseSpaces(
  coverage: readonly Coverage[],
  { cluster, namespaces }: HistoryScope,
): Result<{ readonly cluster: string | undefined; readonly namespaces: readonly string[] }, Failure> {
  const clusters = [...new Set(coverage.map((own) => own.cluster))];
  if (cluster === undefined && clusters.length > 1) {
    return fail({
      code: "history_several_clusters",
      message: `the history has flows of several clusters; name one with \`--cluster-name\`: ${clusters.slice(0, 8).map(quoted).join(", ")}`,
    });
  }
  if (cluster !== undefined && !clusters.includes(cluster)) {
    const others = clusters.length === 0 ? "it is empty" : `it has ${clusters.slice(0, 8).map(quoted).join(", ")}`;
    return fail({
      code: "history_no_such_cluster",
      message: `the history has no flows of the cluster ${quoted(cluster)}; ${others}`,
    });
  }
  const own = coverage.filter((space) => cluster === undefined || space.cluster === cluster);
  const wanted = namespaces.length === 0 ? undefined : new Set(namespaces);
  if (wanted !== undefined && !own.some(({ namespace }) => wanted.has(namespace))) {
    const others = own.slice(0, 8).map(({ namespace }) => quoted(namespace));
    const has = others.length === 0 ? "it is empty" : `it has ${others.join(", ")}`;
    return fail({
      code: "history_no_such_namespace",
      message: `the history has no flows from ${namespaces.slice(0, 8).map(quoted).join(", ")}; ${has}`,
    });
  }
  return ok({
    cluster: cluster ?? clusters[0],
    namespaces: own.flatMap(({ namespace }) => (wanted === undefined || wanted.has(namespace) ? [namespace] : [])),
  });
}

async function edgesOf(
  reader: HistoryReader,
  asked: Omit<EdgeQuery, "namespace" | "limit">,
  namespaces: readonly string[],
  most: number,
): Promise<Result<readonly Edge[], Failure>> {
  const edges: Edge[] = [];
  for (const namespace of namespaces) {
    const room = most - edges.length;
    const limit = Math.max(1, Math.min(maxHistoryRows, room));
    const own = await reader.edges({ ...asked, namespace, limit });
    if (own.isCut || room <= 0) {
      return fail({
        code: "history_too_much",
        message: `more than ${(edges.length + limit).toLocaleString("en-US")} edges would have to be read; name namespaces or a shorter time`,
      });
    }
    // What came over a wire is judged as what was read from a file: a text that is no name must not reach a policy.
    for (const edge of own.edges) {
      const decidedBy = edge.decidedBy.filter((text) => parseDecider(text) !== undefined);
      edges.push({ ...edge, names: edge.names.filter(isHostName), decidedBy });
    }
  }
  return ok(edges);
}

/** Observers of the cluster, or all of them when another cluster's feed tells of it. */
async function healthOf(
  reader: HistoryReader,
  cluster: string | undefined,
  window: Window,
): Promise<readonly StoredHealth[]> {
  const own = await reader.sourceHealth({ cluster, window });
  if (own.length > 0 || cluster === undefined) return own;
  try {
    return await reader.sourceHealth({ cluster: undefined, window });
  } catch (error) {
    // Who may read this cluster only is told nothing of the others.
    if (error instanceof HistoryUnavailable && error.failure.code === "collector_cluster_not_allowed") return own;
    throw error;
  }
}

/** What metrics say of the namespaces that are asked for: also of those that no flow is known of. */
async function coarseOf(
  reader: HistoryReader,
  { cluster, namespaces, window }: Pick<HistoryScope, "cluster" | "namespaces" | "window">,
): Promise<readonly StoredCoarse[]> {
  const rows: StoredCoarse[] = [];
  for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
    const own = await reader.coarse({ cluster, namespace, window, per: "window", limit: maxCoarseRows });
    for (const row of own) rows.push(row);
  }
  return rows;
}

function inputOf({ observer, source, kind, receivedBytes, records, malformed }: StoredHealth): FlowInput {
  return {
    path: `${observer}/${source}`,
    format: formatOf(kind),
    compression: "none",
    bytes: receivedBytes,
    flows: records,
    malformed,
    isTruncated: false,
  };
}

/** `import ovn-acl`, `ovn-acl-file`: the kinds of sources begin or end with the format that they bring. */
function formatOf(kind: string): FlowFormat | undefined {
  const words = kind.replace(/^import /, "").split(" ");
  // Where formats were mixed, the one that misses most tells how far the whole can be trusted.
  if (words.some((word) => word.startsWith("ovn-acl"))) return "ovn-acl";
  return flowFormats.find((format) => words.some((word) => word.startsWith(format)));
}

function leftOutOf(health: readonly StoredHealth[]): readonly LeftOut[] {
  return leftOutReasons.flatMap((reason) => {
    const own = health.flatMap(({ source, leftOut }) =>
      leftOut.filter((left) => left.reason === reason).map(({ flows }) => ({ source, flows })),
    );
    const flows = own.reduce((sum, left) => sum + left.flows, 0);
    if (flows === 0) return [];
    const sources = [...new Set(own.map(({ source }) => source))].toSorted();
    return [{ reason, flows, example: `from ${sources.slice(0, 3).map(quoted).join(", ")}` }];
  });
}

function windowOf(edges: readonly Edge[]): Harvest["window"] {
  let first = Infinity;
  let last = -Infinity;
  for (const { firstSeenMs, lastSeenMs } of edges) {
    first = Math.min(first, firstSeenMs ?? Infinity);
    last = Math.max(last, lastSeenMs ?? -Infinity);
  }
  return first <= last ? { firstMs: first, lastMs: last } : undefined;
}

/** Of several clusters each hour once. */
function hoursOf(gaps: readonly HourSpan[]): readonly number[] {
  const hours = new Set<number>();
  for (const { firstHour, lastHour } of gaps) for (let hour = firstHour; hour <= lastHour; hour += 1) hours.add(hour);
  return [...hours].toSorted((a, b) => a - b);
}

/** Namespaces are read one after the other, and evidence is sorted by name first. */
function compareEvidence(a: StoredName, b: StoredName): number {
  return (
    compareText(a.name, b.name) || compareIp(a.address, b.address) || compareOwners(a, b) || compareText(a.from, b.from)
  );
}
