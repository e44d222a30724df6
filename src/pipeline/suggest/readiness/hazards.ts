import { printable } from "../../../core/quoted.ts";
import { unseenCount } from "../../baseline/statistics/unseen.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import type { Choice } from "../choose/choice.ts";
import { calibration } from "./calibration.ts";
import type { Discovery } from "./discovery.ts";
import { type Hazard, hazardOf } from "./hazard.ts";
import type { UnseenTime } from "./observed-time.ts";

const hourMs = 3_600_000;

/** That a service goes where its rules do not follow. Each keeps its share of what all of them count together. */
export function changeHazards(choices: readonly Choice[]): readonly Hazard[] {
  const { day, week } = calibration.changes;
  const own = choices.map(({ use, form }) => ({
    text: `${printable(use.service.title)} may go beyond ${printable(form.title)}`,
    day: hazardOf(form.breaksWithinDay),
    week: hazardOf(form.breaksWithinWeek),
  }));
  const dayScale = scaleOf(day, sum(own.map((each) => each.day)));
  const weekScale = scaleOf(week, sum(own.map((each) => each.week)));
  return own.map((each) => ({
    kind: "service-changes",
    text: each.text,
    day: each.day * dayScale,
    week: each.week * weekScale,
  }));
}

interface ChangesFit {
  readonly factor: number;
  readonly power: number;
  readonly beyond: number;
}

/** What hazards that sum up to `total` count together; see `calibration.changes`. */
export function countedChanges({ factor, power, beyond }: ChangesFit, total: number): number {
  return total === 0 ? 0 : factor * total ** power + beyond * total ** 2;
}

function scaleOf(fit: ChangesFit, total: number): number {
  return total === 0 ? 0 : countedChanges(fit, total) / total;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/**
 * That a workload begins to use a service that the namespace has not used. New services come as a Poisson process whose rate
 * is a Gamma variable: a prior, and what was counted. That is the mean of two estimates of arrivals in the later half of the
 * window: those that came, and Good–Turing's, by which each service met in one hour only is a sign of one not met.
 */
export function newServiceHazards({ services, late, once, days, newest }: Discovery): readonly Hazard[] {
  const { events, days: priorDays } = calibration.newServices;
  const half = days / 2;
  const shape = events + (late + once) / 2;
  const within = (horizon: number): number => shape * Math.log1p(horizon / (priorDays + half));
  const so =
    late === 0 || newest === undefined
      ? "none of its services came late in the observation"
      : `${late} of its ${services} services came in the later half of the observation, the last one ` +
        `${printable(newest.title)} for ${printable(newest.workload)} on ${dayOf(newest.hour)}`;
  return [{ kind: "new-service", text: `something new may be used: ${so}`, day: within(1), week: within(7) }];
}

/** That sampling hid a service altogether. */
export function hiddenHazards({ records }: Discovery, sampling: number): readonly Hazard[] {
  if (sampling <= 1) return [];
  const once = records.filter((count) => count === 1).length;
  const twice = records.filter((count) => count === 2).length;
  const { belowSampling, hiddenService } = calibration;
  const hidden =
    Math.min(unseenCount({ once, twice }), records.length) + belowSampling * records.length * Math.log10(sampling);
  const week = hidden * hiddenService;
  const text = `sampling 1 in ${sampling} may have hidden services: ${once} of ${records.length} showed in a single record`;
  return [{ kind: "sampling", text, day: week / 7, week }];
}

/** That the coming time brings what its like would have shown, had it been observed. */
export function unseenTimeHazards(time: UnseenTime, window: FlowWindow | undefined): readonly Hazard[] {
  const { unobservedWeek, monthTurn, quarterTurn } = calibration;
  const hazards: Hazard[] = [];
  if (time.week > 0) {
    const text =
      window === undefined
        ? "the records have no times, so it is not known how long was observed"
        : `only ${time.hoursOfWeek} of the 168 hours of a week were observed`;
    hazards.push({ kind: "short-window", text, day: unobservedWeek * time.day, week: unobservedWeek * time.week });
  }
  const turn = (time.monthTurn ? monthTurn : 0) + (time.quarterTurn ? quarterTurn : 0);
  if (turn > 0 && window !== undefined) {
    const what = time.quarterTurn ? "quarter" : "month";
    const text = `a ${what} begins within a week, and none did while it was observed`;
    hazards.push({ kind: "short-window", text, day: turn / 7, week: turn });
  }
  return hazards;
}

function dayOf(hour: number): string {
  return new Date(hour * hourMs).toISOString().slice(0, 10);
}
