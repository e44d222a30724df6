import type { ClusterFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import type { Choice } from "../choose/choice.ts";
import { discoveryOf } from "./discovery.ts";
import { chanceOf, type Hazard } from "./hazard.ts";
import { changeHazards, hiddenHazards, newServiceHazards, unseenTimeHazards } from "./hazards.ts";
import { leftOutHazards, type LeftOutTraffic } from "./left-out-hazards.ts";
import { unseenTimeOf } from "./observed-time.ts";
import type { MissingEvidence, Readiness } from "./readiness.ts";
import { scheduleHazards } from "./schedule-hazards.ts";
import { silentWorkloads } from "./silent-workloads.ts";

export interface ReadinessInput {
  readonly namespace: string;
  /** One for each service that the policy allows. */
  readonly choices: readonly Choice[];
  /** All that was seen of the namespace, whatever became of it: whose traffic was recorded at all. */
  readonly seen: readonly Edge[];
  /** What of it the policy does not allow although it was seen; absent: nothing. */
  readonly leftOut?: LeftOutTraffic;
  /** Of the cluster at the end of the window. */
  readonly facts: Pick<ClusterFacts, "scheduled" | "pods">;
  readonly window: FlowWindow | undefined;
  /** Hours since the epoch inside the window that nobody watched. */
  readonly unobservedHours: readonly number[];
  /** N of 1-in-N packet sampling. */
  readonly samplingMax: number;
  readonly isComplete: boolean;
}

/**
 * How safe it is to enforce at the end of the window: the chance that nothing legitimate is blocked, of what may change,
 * come for the first time, run for the first time or was hidden. Hazards are taken as independent and add up; their sizes
 * are calibrated (`calibration.ts`). Never rises when evidence is taken away. Pure; O(edges of the choices).
 */
export function readinessOf(input: ReadinessInput): Readiness {
  const { hazards, missing } = hazardsOf(input);
  const sum = (of: (hazard: Hazard) => number): number => hazards.reduce((total, hazard) => total + of(hazard), 0);
  const week = 1 - chanceOf(sum((hazard) => hazard.week));
  return {
    day: Math.max(week, 1 - chanceOf(sum((hazard) => hazard.day))),
    week,
    risks: hazards
      .filter(({ week: own }) => own >= worthSaying)
      .toSorted((a, b) => b.week - a.week || (a.text < b.text ? -1 : 1))
      .slice(0, mostRisks)
      .map(({ kind, text, week: own }) => ({ kind, text, week: chanceOf(own) })),
    missing,
  };
}

/** What {@link readinessOf} sums up. */
export function hazardsOf(input: ReadinessInput): {
  readonly hazards: readonly Hazard[];
  readonly missing: readonly MissingEvidence[];
} {
  const { choices, window, unobservedHours, samplingMax } = input;
  const discovery = discoveryOf(
    choices.map(({ use }) => use),
    window,
    unobservedHours.length,
  );
  const time = unseenTimeOf(window, unobservedHours);
  const schedules = scheduleHazards(input);
  const silent = silentWorkloads(input);
  const leftOut = leftOutHazards(input.leftOut ?? { notLearned: [], notExpressible: [] }, window);
  return {
    hazards: [
      ...changeHazards(choices),
      ...newServiceHazards(discovery),
      ...schedules.hazards,
      ...hiddenHazards(discovery, samplingMax),
      ...unseenTimeHazards(time, window),
      ...silent.hazards,
      ...leftOut.hazards,
    ],
    missing: [
      ...schedules.missing,
      ...leftOut.missing,
      ...recordingMissing(input, time.hoursOfWeek),
      ...silent.missing,
    ],
  };
}

const worthSaying = 0.001;
const mostRisks = 20;

/** What the recording itself did not see. */
function recordingMissing(
  { window, unobservedHours, samplingMax, isComplete, seen }: ReadinessInput,
  hoursOfWeek: number,
): readonly MissingEvidence[] {
  const missing: string[] = [];
  if (window === undefined) {
    missing.push("the records have no times, so nobody can tell how long was observed: give flows with times");
  } else if (hoursOfWeek < 168) {
    missing.push(`only ${hoursOfWeek} of the 168 hours of a week were observed: record a whole week or longer`);
  }
  if (unobservedHours.length > 0) {
    const hours = unobservedHours.length === 1 ? "1 hour" : `${unobservedHours.length} hours`;
    missing.push(`nobody watched in ${hours} of the window: record again, or fill the gap from another source`);
  }
  if (samplingMax > 1) {
    missing.push(
      `only 1 in ${samplingMax} packets was looked at, so short connections may never have shown: sample more, or record longer`,
    );
  } else if (!isComplete && window !== undefined && unobservedHours.length === 0 && seen.length > 0) {
    missing.push("the recording says that it is not complete: see its warnings");
  }
  return missing.map((text) => ({ text, workload: undefined }));
}
