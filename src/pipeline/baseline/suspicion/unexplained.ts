import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import { blockKey, isPrivate, neighbourhoodKey } from "./places.ts";
import { hourMs } from "./traffic-shape.ts";
import { runsToAnEnd, type WorkloadEdges } from "./workload-edges.ts";

/** Shorter observation cannot tell rare from new. */
const leastWindowHours = 4 * 24;
/** A workload that is mostly silent may be a job in other clothes. */
const leastActiveHours = 24;
/** With fewer packets recorded than one in this many, once seen says little about how often it happened. */
const mostSampling = 8;

/** What began so long after observation and the workload did is a change of behaviour. */
const settledHours = 3 * 24;
/** A pool brings many new addresses on its port; these are about machines. */
const mostNewPlaces = 5;

export interface Unexplained {
  /** Seen in one or two hours. */
  readonly oneOffs: readonly Edge[];
  /** Seen since some day, and not before. */
  readonly begun: readonly Edge[];
}

/**
 * Destinations of a long-running workload that nothing explains: no name, no known range, not the organisation's own
 * network, no neighbour that it uses; and that it visited in one or two hours of many days, or began to visit while it was
 * observed.
 */
export function unexplainedOf(
  { workload, edges }: WorkloadEdges,
  context: {
    readonly window: FlowWindow | undefined;
    readonly sampling: number;
    readonly knowledge: KnowledgeIndex;
    readonly isNamed: (edge: Edge) => boolean;
  },
): Unexplained {
  const { window, sampling, knowledge, isNamed } = context;
  const none: Unexplained = { oneOffs: [], begun: [] };
  if (runsToAnEnd(workload) || window === undefined) return none;
  if (window.lastMs - window.firstMs < leastWindowHours * hourMs) return none;
  const strange = edges.filter((edge) => isStrange(edge, knowledge) && !isNamed(edge));
  if (strange.length === 0) return none;
  const { hours, beganAt } = lifeOf(edges);
  if (hours < leastActiveHours) return none;
  const around = neighbourhoodsOf(strange, edges);
  const settled = Math.max(beganAt, Math.floor(window.firstMs / hourMs)) + settledHours;
  const begun = strange.filter((edge) => around.get(neighbourhoodKey(edge))!.firstHour >= settled);
  const byPort = Map.groupBy(begun, ({ protocol, port }) => `${protocol}/${port}`);
  const machines = [...byPort.values()].filter((own) => new Set(own.map(neighbourhoodKey)).size <= mostNewPlaces);
  const begunMachines = machines.flat();
  return {
    oneOffs:
      sampling > mostSampling ? [] : strange.filter((edge) => around.get(neighbourhoodKey(edge))!.hours.size <= 2),
    begun: begunMachines.filter((edge) => !isMove(edge, edges)),
  };
}

/** A move takes no longer than a day, to either side. */
const moveHours = 24;

/** Of a pool some address ends every day. */
const mostEnded = 2;

/**
 * Whether something without a name that was used for long ended on the same port when this began: a database fails over, a
 * service moves house. Whoever is new does not make the old one go.
 */
function isMove(begun: Edge, edges: readonly Edge[]): boolean {
  const first = begun.activity[0]!.hour;
  const until = begun.activity.at(-1)!.hour - moveHours;
  const ended = edges.filter(
    ({ protocol, port, names, verdict, activity }) =>
      protocol === begun.protocol &&
      port === begun.port &&
      names.length === 0 &&
      verdict !== "unanswered" &&
      verdict !== "denied" &&
      activity.length >= leastActiveHours &&
      activity.at(-1)!.hour - activity[0]!.hour >= settledHours &&
      activity.at(-1)!.hour < until,
  );
  return (
    ended.length <= mostEnded && ended.some(({ activity }) => Math.abs(activity.at(-1)!.hour - first) <= moveHours)
  );
}

/** Whether neither the edge nor what is known of its address explains it; names that others had for it are asked apart. */
export function isStrange({ names, activity, prefixLength, address }: Edge, knowledge: KnowledgeIndex): boolean {
  return (
    names.length === 0 &&
    activity.length > 0 &&
    prefixLength === undefined &&
    !isPrivate(address) &&
    knowledge.publishedHolding(address).length === 0 &&
    knowledge.onPremisesOf(address) === undefined
  );
}

/** `hours` is how many distinct ones were active, not counted beyond what matters. */
function lifeOf(edges: readonly Edge[]): { readonly hours: number; readonly beganAt: number } {
  const hours = new Set<number>();
  let beganAt = Infinity;
  for (const { activity } of edges) {
    beganAt = Math.min(beganAt, activity[0]?.hour ?? Infinity);
    for (const { hour } of activity) {
      if (hours.size >= leastActiveHours) break;
      hours.add(hour);
    }
  }
  return { hours: hours.size, beganAt };
}

interface Neighbourhood {
  readonly hours: Set<number>;
  firstHour: number;
}

/** What happened around some edges. */
function neighbourhoodsOf(wanted: readonly Edge[], edges: readonly Edge[]): ReadonlyMap<string, Neighbourhood> {
  const blocks = new Set(wanted.map(({ address }) => blockKey(address)));
  const around = new Map<string, Neighbourhood>();
  for (const edge of edges) {
    if (!blocks.has(blockKey(edge.address))) continue;
    const key = neighbourhoodKey(edge);
    const own = around.get(key) ?? { hours: new Set<number>(), firstHour: Infinity };
    for (const { hour } of edge.activity) {
      own.hours.add(hour);
      own.firstHour = Math.min(own.firstHour, hour);
    }
    around.set(key, own);
  }
  return around;
}
