import { canonicalGlob, matchesGlob } from "../../core/net/name-glob.ts";
import type { OffsetAt } from "../baseline/schedules/time-zone.ts";
import type { Proposal } from "../propose/proposal.ts";
import { changesLeft, nextRoom } from "./change-budget.ts";
import { type ChangeWindow, isWithinWindows, nextOpening } from "./change-window.ts";

/** How far Postern may go in a namespace: look, ask people, or change by itself. */
export type Phase = "observe" | "review" | "automate";

/** What people allow automation. */
export interface AutomationRules {
  /** Least readiness for a day, unless the namespace has its own. */
  readonly threshold: number;
  /** Most changes in any 24 hours, over all namespaces. */
  readonly changesPerDay: number;
  readonly windows: readonly ChangeWindow[];
  /** The clock of the windows; undefined: the zone is not known, and automation waits. */
  readonly offsetAt: OffsetAt | undefined;
  /** Patterns of namespaces that automation never touches: `openshift-*`. */
  readonly never: readonly string[];
}

export interface NamespaceStanding {
  readonly cluster: string;
  readonly namespace: string;
  readonly phase: Phase;
  readonly threshold: number | undefined;
  readonly reviewByMs: number | undefined;
  readonly stoppedBecause: string | undefined;
  readonly readinessDay: number | undefined;
  /** Of the last try to propose something, and whether there is anything new since. */
  readonly lastTry:
    | { readonly atMs: number; readonly isEvidenceNew: boolean; readonly isRejected: boolean }
    | undefined;
  /** Those that wait, before their merge. */
  readonly open: readonly ProposalStanding[];
}

export interface ProposalStanding extends Pick<
  Proposal,
  "id" | "number" | "state" | "origin" | "risk" | "readinessDay" | "lawBreaches"
> {
  /** Nobody but the server wrote in it. */
  readonly isUntouched: boolean;
  /** The server has done its part, or the law does not let it: it waits for people. */
  readonly isForPeople: boolean;
}

/** Changes of automation that are under way, and those that traffic has shown to be right. */
export interface RollOut {
  readonly underWay: number;
  readonly verified: number;
}

export interface AutomationInput {
  readonly rules: AutomationRules;
  readonly namespaces: readonly NamespaceStanding[];
  /** When automation changed something, at least of the last 24 hours. */
  readonly changesMs: readonly number[];
  readonly rollOut: RollOut;
  readonly nowMs: number;
}

export type AutomationStep = {
  readonly cluster: string;
  readonly namespace: string;
  readonly because: string;
} & (
  | { readonly step: "propose" | "back-to-review" | "wait" }
  /** People must decide. */
  | { readonly step: "ask-review" | "approve"; readonly proposal: string }
);

const dayMs = 86_400_000;
/** The same namespace is learned again at most this often, and after people said no. */
const retryMs = dayMs;
const retryAfterNoMs = 7 * dayMs;
/** Learning is slow: the others have their turn next time. */
export const mostProposedAtOnce = 5;

/**
 * What automation does now. At most one step for each namespace; the readiest go first, then by name, so that the same input gives the
 * same plan. Pure.
 */
export function planAutomation({
  rules,
  namespaces,
  changesMs,
  rollOut,
  nowMs,
}: AutomationInput): readonly AutomationStep[] {
  const inOrder = namespaces.toSorted(readiestFirst);
  const stopped = inOrder.find(({ stoppedBecause }) => stoppedBecause !== undefined);
  const room = {
    left: changesLeft(changesMs, rules.changesPerDay, nowMs),
    underWay: rollOut.underWay,
    proposed: 0,
  };
  return inOrder.flatMap((standing): readonly AutomationStep[] => {
    const { cluster, namespace, phase, open } = standing;
    const step = <Step extends AutomationStep["step"]>(name: Step, because: string) => ({
      step: name,
      cluster,
      namespace,
      because,
    });
    if (phase === "observe" || isNever(rules.never, standing)) return [];
    if (phase === "automate" && standing.reviewByMs !== undefined && nowMs >= standing.reviewByMs) {
      return [step("back-to-review", `people were to look again by ${day(standing.reviewByMs)}`)];
    }
    const own = open.filter(({ origin, isUntouched }) => origin === "suggested" && isUntouched);
    // What came back makes way for a newer look.
    const candidate = own.find(({ state }) => state !== "changes-requested");
    if (candidate === undefined) {
      const busy = open.find((proposal) => !own.includes(proposal));
      if (busy !== undefined) return [step("wait", `people are at #${busy.number}`)];
      const why = notYet(standing, rules, nowMs);
      if (why !== undefined) return [step("wait", why)];
      if (room.proposed >= mostProposedAtOnce) return [step("wait", "others are proposed first")];
      room.proposed += 1;
      return [step("propose", `ready for ${percent(standing.readinessDay ?? 0)}, and nothing is proposed yet`)];
    }
    if (candidate.state !== "draft" && candidate.state !== "pending-review") return [];
    const forPeople = phase === "review" ? "the namespace is in phase review" : needsPerson(candidate, standing, rules);
    if (forPeople !== undefined) {
      if (candidate.state === "pending-review") return [];
      return [{ ...step("ask-review", forPeople), proposal: candidate.id }];
    }
    const why = holdsBack(stopped, rules, changesMs, room, rollOut, nowMs);
    if (why !== undefined) return [step("wait", why)];
    room.left -= 1;
    room.underWay += 1;
    const number = rules.changesPerDay - room.left;
    const because = `low risk, ready for ${percent(candidate.readinessDay ?? 0)}, change ${number} of ${rules.changesPerDay} in 24 hours`;
    return [{ ...step("approve", because), proposal: candidate.id }];
  });
}

/** Patterns may name a cluster as well: `east/shop-*`. What is no name of Kubernetes' is never touched. */
export function isNever(
  never: readonly string[],
  { cluster, namespace }: Pick<NamespaceStanding, "cluster" | "namespace">,
): boolean {
  if (!/^[-a-z0-9]+$/.test(namespace)) return true;
  return never.some((text) => {
    const slash = text.lastIndexOf("/");
    const isCluster = slash < 0 || matchesGlob(canonicalGlob(text.slice(0, slash)), cluster.toLowerCase());
    return isCluster && matchesGlob(canonicalGlob(text.slice(slash + 1)), namespace);
  });
}

/** Why nothing is proposed yet. */
function notYet(standing: NamespaceStanding, rules: AutomationRules, nowMs: number): string | undefined {
  const { readinessDay, lastTry, stoppedBecause } = standing;
  if (stoppedBecause !== undefined) return `it stopped: ${stoppedBecause}`;
  const threshold = standing.threshold ?? rules.threshold;
  if (readinessDay === undefined) return "how ready it is cannot be said yet";
  if (readinessDay < threshold) return `ready for ${percent(readinessDay)}, and ${percent(threshold)} is asked for`;
  if (lastTry === undefined) return undefined;
  if (!lastTry.isEvidenceNew) return "nothing new was recorded since the last look";
  const again = lastTry.atMs + (lastTry.isRejected ? retryAfterNoMs : retryMs);
  return nowMs < again ? `looked at lately; again at ${moment(again)}` : undefined;
}

/** Why automation may not decide this one at all. */
function needsPerson(
  { risk, readinessDay, lawBreaches, isForPeople }: ProposalStanding,
  standing: NamespaceStanding,
  rules: AutomationRules,
): string | undefined {
  const threshold = standing.threshold ?? rules.threshold;
  if (isForPeople) return "the organisation's law wants people to decide";
  if (lawBreaches > 0) return "the organisation's law forbids it";
  if (risk !== "low") return `its risk is ${risk}`;
  if (readinessDay === undefined) return "how ready it is cannot be said";
  if (readinessDay < threshold) return `ready for ${percent(readinessDay)}, and ${percent(threshold)} is asked for`;
  return undefined;
}

/** Why automation may decide it, but not now. */
function holdsBack(
  stopped: NamespaceStanding | undefined,
  { windows, offsetAt, changesPerDay }: AutomationRules,
  changesMs: readonly number[],
  room: { readonly left: number; readonly underWay: number },
  { verified }: RollOut,
  nowMs: number,
): string | undefined {
  if (stopped !== undefined) {
    return `the roll-out stopped at ${stopped.cluster}/${stopped.namespace}, until a person clears it: ${stopped.stoppedBecause ?? ""}`;
  }
  if (offsetAt === undefined) return "the time zone of the change windows is not known";
  if (!isWithinWindows(windows, offsetAt, nowMs)) {
    const next = nextOpening(windows, offsetAt, nowMs);
    return `outside the change windows${next === undefined ? "" : `; the next opens at ${moment(next)}`}`;
  }
  if (room.left <= 0) {
    const next = nextRoom(changesMs, changesPerDay, nowMs);
    return `all ${changesPerDay} changes of 24 hours are used${next === undefined || next <= nowMs ? "" : `; the next at ${moment(next)}`}`;
  }
  if (room.underWay >= mostUnderWay(verified)) {
    return `${room.underWay} changes are under way that traffic has not shown to be right yet`;
  }
  return undefined;
}

/** The first goes alone; each one that traffic confirms makes room for another beside it. */
export function mostUnderWay(verified: number): number {
  return Math.max(1, verified);
}

function readiestFirst(a: NamespaceStanding, b: NamespaceStanding): number {
  const readiness = (b.readinessDay ?? -1) - (a.readinessDay ?? -1);
  if (readiness !== 0) return readiness;
  return compareText(a.cluster, b.cluster) || compareText(a.namespace, b.namespace);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function percent(share: number): string {
  return `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function moment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}Z`;
}
