import { formatWorkload, type Workload, workloadFormatter } from "../../../core/workload/workload.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { HourSet } from "../../flows/hour-set.ts";
import type { ServiceUse } from "../services/service-use.ts";
import { runsToAnEnd } from "../suspicion/workload-edges.ts";
import { type Rhythm, rhythmOf } from "./rhythm.ts";

const hourMs = 3_600_000;

/** A workload that began to use a service while it was observed, or that no longer does. */
export interface BehaviourChange {
  readonly kind: "started" | "stopped";
  readonly workload: string;
  readonly use: ServiceUse;
  /** Hour since the epoch: of the first traffic, or of the last. */
  readonly hour: number;
}

/** A silence is an end when it is longer than this, and than four times any silence before it. */
const leastSilentHours = 72;
const silences = 4;
/** A beginning counts when the workload itself had been there this long. */
const settledHours = 72;

/**
 * Changes of behaviour of long-running workloads, in the order of the uses. A service that comes once a week is not gone after
 * four days, and a rhythm is given one period of grace.
 */
export function behaviourChanges(uses: readonly ServiceUse[], window: FlowWindow): readonly BehaviourChange[] {
  const lastHour = Math.floor(window.lastMs / hourMs);
  const lives = livesOf(uses);
  return uses.flatMap((use) => {
    const own = use.edges.filter(({ workload, activity }) => activity.length > 0 && !runsToAnEnd(workload));
    const format = workloadFormatter();
    const byWorkload = Map.groupBy(own, ({ workload }) => format(workload));
    return [...byWorkload].flatMap(([workload, edges]): readonly BehaviourChange[] => {
      const active = new HourSet();
      for (const { activity } of edges) active.addAll(activity);
      const hours = active.sorted();
      const life = lives.get(workload)!;
      const [first, last] = [hours[0]!, hours.at(-1)!];
      const started = first >= life.first + settledHours && hours.length > 1;
      return [
        ...(started ? [{ kind: "started" as const, workload, use, hour: first }] : []),
        // A workload that is gone itself tells nothing about its services.
        ...(life.last >= lastHour - 24 && isOver(hours, lastHour, rhythmOf(hours, window))
          ? [{ kind: "stopped" as const, workload, use, hour: last }]
          : []),
      ];
    });
  });
}

function isOver(hours: readonly number[], lastHour: number, rhythm: Rhythm | undefined): boolean {
  const last = hours.at(-1)!;
  const silent = lastHour - last;
  if (hours.length < 8 || rhythm === undefined) return false;
  if ("nextHour" in rhythm) return silent > 2 * (rhythm.nextHour - last);
  const longest = hours.slice(1).reduce((most, hour, i) => Math.max(most, hour - hours[i]!), 0);
  return silent >= Math.max(leastSilentHours, silences * longest);
}

/** When each workload was first and last seen, whatever it did. */
function livesOf(uses: readonly ServiceUse[]): ReadonlyMap<string, { first: number; last: number }> {
  const lives = new Map<string, { first: number; last: number }>();
  let own: { first: number; last: number } | undefined;
  let ofOwn: Workload | undefined;
  for (const { edges } of uses) {
    for (const { workload, activity } of edges) {
      const first = activity[0]?.hour;
      if (first === undefined) continue;
      if (own === undefined || workload !== ofOwn) {
        ofOwn = workload;
        const key = formatWorkload(workload);
        own = lives.get(key);
        if (own === undefined) lives.set(key, (own = { first: Infinity, last: -Infinity }));
      }
      own.first = Math.min(own.first, first);
      own.last = Math.max(own.last, activity.at(-1)!.hour);
    }
  }
  return lives;
}
