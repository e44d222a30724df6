import { printable } from "../../../core/quoted.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import type { NotLearned } from "../../baseline/namespace-baseline.ts";
import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { calibration } from "./calibration.ts";
import { type Hazard, hazardOf } from "./hazard.ts";
import type { MissingEvidence } from "./readiness.ts";

const dayMs = 86_400_000;
/** So many strangers of one workload on one port are a way of working rather than an event. */
const telling = 10;
/** More workloads do not help the reader. */
const mostNamed = 10;

export interface LeftOutTraffic {
  readonly notLearned: readonly NotLearned[];
  /** Needed, and the kind of policy has no words for it. */
  readonly notExpressible: readonly { readonly edge: Edge }[];
  /** Needed, and the policy as somebody wrote it stops it all the same; absent: none. */
  readonly denied?: readonly Edge[];
}

interface Told {
  readonly hazards: readonly Hazard[];
  readonly missing: readonly MissingEvidence[];
}

/**
 * What the policy stops although it was seen: for sure where it is needed and could not be written, perhaps where nothing
 * explained it. Who talks to hundreds of strangers (a resolver, a mail server, a crawler) does so again.
 */
export function leftOutHazards(
  { notLearned, notExpressible, denied = [] }: LeftOutTraffic,
  window: FlowWindow | undefined,
): Told {
  const days = window === undefined ? undefined : Math.max(1, (window.lastMs - window.firstMs) / dayMs);
  const portless = notLearned.filter(({ reason }) => reason === "no-port").map(({ edge }) => edge);
  const strangers = notLearned.filter(({ reason }) => reason === "one-off" || reason === "unexplained");
  const told = [
    ...stopped(
      notExpressible.map(({ edge }) => edge),
      "the kind of policy has no words for",
      days,
    ),
    ...stopped(denied, "the policy does not allow", days),
    ...stopped(portless, "the source recorded no ports for", days),
    ...(days === undefined
      ? []
      : ofStrangers(
          strangers.map(({ edge }) => edge),
          days,
        )),
  ];
  return {
    hazards: told.map(({ hazard }) => hazard),
    missing: told.flatMap(({ missing }) => missing ?? []).slice(0, mostNamed),
  };
}

interface OneTold {
  readonly hazard: Hazard;
  readonly missing?: MissingEvidence;
}

/** As often as it was seen it comes again; without times, it comes. */
function stopped(edges: readonly Edge[], why: string, days: number | undefined): readonly OneTold[] {
  if (edges.length === 0) return [];
  const active = new Set(edges.flatMap(({ activity }) => activity.map(({ hour }) => Math.floor(hour / 24)))).size;
  const isTimed = days !== undefined && active > 0;
  const daily = calibration.stopped * (isTimed ? Math.min(1, active / days) : 1);
  const many = edges.length === 1 ? "1 connection that is" : `${edges.length} connections that are`;
  const text = `${many} needed will be stopped, as ${why} ${edges.length === 1 ? "it" : "them"}`;
  const week = 1 - (1 - daily) ** 7;
  return [{ hazard: { kind: "left-out", text, day: hazardOf(daily), week: hazardOf(week) } }];
}

function ofStrangers(edges: readonly Edge[], days: number): readonly OneTold[] {
  const groups = Map.groupBy(edges, (edge) => `${formatWorkload(edge.workload)}\n${edge.protocol}/${edge.port}`);
  return [...groups].map(([key, own]) => {
    const [workload = "", port] = key.split("\n");
    const many = own.length === 1 ? "1 destination" : `${own.length} destinations`;
    const what = `${printable(workload)} met ${many} on ${port} that nothing explains, and ${own.length === 1 ? "it is" : "they are"} set aside`;
    const meant = own.length / (own.length + calibration.strangersMeant);
    const within = (horizon: number): number => hazardOf(meant * -Math.expm1((-own.length * horizon) / days));
    const hazard: Hazard = { kind: "left-out", text: what, day: within(1), week: within(7) };
    if (own.length < telling) return { hazard };
    const remedy =
      "give names with a capture of DNS, or their ranges with `--ranges` or `--on-premises`, if they are its work";
    return { hazard, missing: { text: `${what}: ${remedy}`, workload } };
  });
}
