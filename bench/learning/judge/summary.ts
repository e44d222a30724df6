import type { MadePolicy } from "../makers/maker.ts";
import type { AttackKind } from "../world/attacks.ts";
import type { ServiceKind } from "../world/service-kinds.ts";
import { type Calibration, type Forecast, calibrationOf } from "./calibration.ts";
import { isBroken, type JudgedNamespace, type JudgedPair, type JudgedTarget } from "./judge.ts";

/** The figures of one maker over any number of namespaces. Shares from 0 to 1. */
export interface Summary {
  readonly maker: string;
  readonly namespaces: number;
  /** Namespaces for which it made no policy. */
  readonly refused: number;
  readonly flows: number;
  readonly flowsBlocked: number;
  readonly pairs: number;
  readonly pairsBroken: number;
  readonly targets: number;
  readonly targetsAllowed: number;
  /** log2 of address × port pairs, mean of namespaces. */
  readonly exposure: number;
  readonly rules: number;
  /** What learning never met, counted apart: flows blocked of pairs by acquaintance. */
  readonly apart: Readonly<
    Record<"unrecorded" | "scheduled" | "new", { readonly pairs: number; readonly broken: number }>
  >;
  /** Of `scheduled` pairs, those whose job the readiness named. */
  readonly announced: number | undefined;
  readonly day: Calibration | undefined;
  readonly week: Calibration | undefined;
  readonly flowsByKind: Partial<Record<ServiceKind, { readonly flows: number; readonly blocked: number }>>;
  readonly pairsByKind: Partial<Record<ServiceKind, { readonly pairs: number; readonly broken: number }>>;
  readonly targetsByKind: Partial<Record<AttackKind, { readonly targets: number; readonly allowed: number }>>;
  /** What was expected of the chosen forms, and what came. */
  readonly forms: readonly FormFigures[];
  /** What went wrong, worst first. */
  readonly examples: { readonly broken: readonly string[]; readonly leaks: readonly string[] };
}

/** Pairs by the kind of form that allows them. */
export interface FormFigures {
  readonly form: string;
  readonly pairs: number;
  /** Mean shares of flows blocked in a week, and of pairs with anything blocked in the first seven days. */
  readonly expected: { readonly blocked: number; readonly breaks: number };
  readonly came: { readonly blocked: number; readonly breaks: number };
}

/** @param say tells of a target that was let out; without it leaks are only counted */
export function summarise(
  maker: string,
  judged: readonly JudgedNamespace[],
  say?: (target: JudgedTarget) => string,
): Summary {
  const pairs = judged.flatMap((each) => each.pairs);
  const known = pairs.filter(({ acquaintance }) => acquaintance === "known");
  const targets = judged.flatMap((each) => each.targets);
  const apartOf = (which: "unrecorded" | "scheduled" | "new"): { readonly pairs: number; readonly broken: number } => {
    const own = pairs.filter(({ acquaintance }) => acquaintance === which);
    return { pairs: own.length, broken: own.filter(isBroken).length };
  };
  const made = judged.flatMap(({ policy }) => (policy === undefined ? [] : [policy]));
  return {
    maker,
    namespaces: judged.length,
    refused: judged.length - made.length,
    flows: sum(known, ({ flows }) => flows),
    flowsBlocked: sum(known, ({ blocked }) => blocked),
    pairs: known.length,
    pairsBroken: known.filter(isBroken).length,
    targets: sum(targets, ({ target }) => target.weight),
    targetsAllowed: sum(targets, allowedWeight),
    exposure: sum(judged, ({ exposure }) => exposure) / judged.length,
    rules: sum(made, ({ rules }) => rules) / Math.max(1, made.length),
    apart: { unrecorded: apartOf("unrecorded"), scheduled: apartOf("scheduled"), new: apartOf("new") },
    announced: announcedShare(judged),
    day: calibrationOf(forecasts(judged, "day")),
    week: calibrationOf(forecasts(judged, "week")),
    flowsByKind: byKind(
      known,
      ({ kind }) => kind,
      (own) => ({
        flows: sum(own, ({ flows }) => flows),
        blocked: sum(own, ({ blocked }) => blocked),
      }),
    ),
    pairsByKind: byKind(
      known,
      ({ kind }) => kind,
      (own) => ({ pairs: own.length, broken: own.filter(isBroken).length }),
    ),
    targetsByKind: byKind(
      targets,
      ({ target }) => target.kind,
      (own) => ({
        targets: sum(own, ({ target }) => target.weight),
        allowed: sum(own, allowedWeight),
      }),
    ),
    forms: formFigures(known),
    examples: {
      broken: (say === undefined ? [] : known)
        .filter(isBroken)
        .toSorted((a, b) => b.blocked - a.blocked)
        .slice(0, 40)
        .map(pairText),
      leaks: targets.flatMap((one) => (one.isAllowed && say !== undefined ? [say(one)] : [])).slice(0, 40),
    },
  };
}

function formFigures(pairs: readonly JudgedPair[]): readonly FormFigures[] {
  const chosen = pairs.flatMap(({ chosen: form, ...pair }) => (form === undefined ? [] : [{ ...pair, form }]));
  const groups = [...Map.groupBy(chosen, ({ form }) => form.kind)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([form, own]) => {
    const mean = (of: (one: (typeof own)[number]) => number): number => sum(own, of) / own.length;
    return {
      form,
      pairs: own.length,
      expected: { blocked: mean((one) => one.form.blockedShare), breaks: mean((one) => one.form.breaksWithinWeek) },
      came: {
        blocked: mean(({ blocked, flows }) => blocked / flows),
        breaks: mean(({ firstBlocked }) => (firstBlocked !== undefined && firstBlocked < 7 * 86_400 ? 1 : 0)),
      },
    };
  });
}

function allowedWeight({ target, isAllowed }: JudgedTarget): number {
  return isAllowed ? target.weight : 0;
}

function pairText({ namespace, workload, service, kind, flows, blocked, chosen }: JudgedPair): string {
  const share = chosen === undefined ? "" : `${(100 * chosen.blockedShare).toFixed(2)} %`;
  const form = chosen === undefined ? "no form" : `${chosen.kind}, ${chosen.title}; expected ${share}`;
  return `${namespace} ${workload} → ${service} (${kind}): ${blocked} of ${flows} blocked [${form}]`;
}

/** A job is announced when the readiness of its namespace names it, as `CronJob/name` or in a sentence. */
function announcedShare(judged: readonly JudgedNamespace[]): number | undefined {
  const known = judged.filter(({ policy }) => policy?.readiness !== undefined);
  if (known.length === 0) return undefined;
  const scheduled = known.flatMap(({ pairs, policy }) =>
    pairs.filter(({ acquaintance }) => acquaintance === "scheduled").map((pair) => isAnnounced(pair, policy)),
  );
  return scheduled.length === 0 ? undefined : scheduled.filter(Boolean).length / scheduled.length;
}

function isAnnounced({ workload }: JudgedPair, policy: MadePolicy | undefined): boolean {
  const missing = policy?.readiness?.missing ?? [];
  const name = workload.slice(workload.indexOf("/") + 1);
  return missing.some((each) => each.workload === workload || each.text.includes(`CronJob ${name}`));
}

function forecasts(judged: readonly JudgedNamespace[], which: "day" | "week"): readonly Forecast[] {
  const days = which === "day" ? 1 : 7;
  return judged.flatMap(({ policy, firstBlockedDay }) =>
    policy?.readiness === undefined
      ? []
      : [{ said: policy.readiness[which], held: firstBlockedDay === undefined || firstBlockedDay >= days }],
  );
}

function byKind<T, K extends string, V>(
  all: readonly T[],
  kindOf: (one: T) => K,
  valueOf: (own: readonly T[]) => V,
): Partial<Record<K, V>> {
  const groups = [...Map.groupBy(all, kindOf)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const found: Partial<Record<K, V>> = {};
  for (const [kind, own] of groups) found[kind] = valueOf(own);
  return found;
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
