import { count, duration, listed } from "../core/count-words.ts";
import { quoted } from "../core/quoted.ts";
import type { LeftOutReason } from "../pipeline/flows/harvest.ts";
import type { LedgerRow } from "./state/sources.ts";

/** Why a source deserves a look, the worst first. */
export const sourceTroubles = [
  "failed",
  "silent",
  "retrying",
  "lost",
  "dropped",
  "shared-name",
  "clock",
  "unattributed",
  "late",
  "idle",
  "malformed",
] as const;
export type SourceTrouble = (typeof sourceTroubles)[number];

/** Every stream has some records that are not understood, and many are late or quiet by nature: no reason to say no. */
const forgiven: ReadonlySet<SourceTrouble> = new Set(["malformed", "late", "idle"]);

/** Observers report every few seconds, even when nothing happens. */
const silentAfterMs = 2 * 60_000;
const lateFromMs = 5 * 60_000;
/** An observer cannot have heard anything later than it said so: its clock or the collector's is wrong. */
const aheadFromMs = 5 * 60_000;
/** Metrics are asked for when their hour has closed: that nothing comes before is no news, nor that they are late. */
const hourlyKinds: ReadonlySet<string> = new Set(["prometheus"]);

/** What these bring has no addresses: who sends anything at all, and not to whom. */
const coarseKinds: ReadonlySet<string> = new Set(["prometheus", "goldmane"]);

export function isCoarse(kind: string): boolean {
  return coarseKinds.has(kind);
}

export interface Standing {
  readonly troubles: readonly SourceTrouble[];
}

/** Whether nothing of a source is missing, and it runs. */
export function isWell({ troubles }: Standing): boolean {
  return troubles.every((trouble) => forgiven.has(trouble));
}

/** Where a source stands among others: 0 is the worst. */
export function rankOf({ troubles }: Standing): number {
  return Math.min(sourceTroubles.length, ...troubles.map((trouble) => sourceTroubles.indexOf(trouble)));
}

/** Reasons to leave flows out that are no fault of the flows: more knowledge of the cluster would make edges of them. */
const lackOfKnowledge = ["source-unknown", "initiator-unknown", "service-unresolved"] as const;

/** @param fromMs since when the row's sums are */
export function troublesOf(
  { standing, sums, lag, firstReportedMs }: LedgerRow,
  { nowMs, fromMs, isShared }: { readonly nowMs: number; readonly fromMs: number; readonly isShared: boolean },
): SourceTrouble[] {
  const { state, kind, reportedAtMs, lastArrivalMs = reportedAtMs } = standing;
  const isSilent = state !== "ended" && nowMs - reportedAtMs > silentAfterMs;
  const isHourly = hourlyKinds.has(kind);
  const unattributed = lackOfKnowledge.reduce((sum, reason) => sum + (sums.leftOut[reason] ?? 0), 0);
  const has: Readonly<Record<SourceTrouble, boolean>> = {
    failed: state === "failed",
    silent: isSilent,
    retrying: state === "retrying",
    lost: sums.lost > 0 || sums.outages > 0,
    dropped: sums.dropped > 0,
    "shared-name": isShared,
    clock: lastArrivalMs - reportedAtMs >= aheadFromMs,
    unattributed: unattributed > 0 && 2 * unattributed >= sums.records,
    late: !isHourly && lag.weight > 0 && lag.weightedMs / lag.weight >= lateFromMs,
    idle:
      state === "running" && !isSilent && !isHourly && firstReportedMs <= fromMs && sums.records + sums.malformed === 0,
    malformed: sums.malformed > 0,
  };
  return sourceTroubles.filter((trouble) => has[trouble]);
}

/** What of a source its troubles are told with; as a report has it. */
interface TroubledSource extends Standing {
  readonly kind: string;
  readonly observer: string;
  readonly lost: number;
  readonly outages: number;
  readonly dropped: number;
  readonly malformed: number;
  readonly leftOut: readonly { readonly reason: LeftOutReason; readonly flows: number }[];
  readonly lagMs: { readonly mean: number } | null;
  readonly lastArrival: string | null;
  readonly lastReport: string;
}

export interface TroubleWords {
  readonly trouble: SourceTrouble;
  /** What is wrong, with numbers; `it` is the source. */
  readonly what: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What is wrong with a source, the worst first. */
export function troubleWords(source: TroubledSource, nowMs: number): readonly TroubleWords[] {
  const since = (time: string): string => duration((nowMs - Date.parse(time)) / 1000);
  const { kind, observer, lost, outages, dropped, malformed, leftOut, lagMs, lastArrival, lastReport } = source;
  const words: Readonly<Record<SourceTrouble, () => readonly [what: string, remedy: string]>> = {
    failed: () => [
      "it failed and is not tried again",
      "mend what the message says, ask `postern observe check` about the configuration, and start the observer anew",
    ],
    silent: () => [
      `its observer said nothing for ${since(lastReport)}`,
      "see whether `postern observe` still runs there, and what its log says of the way to this collector",
    ],
    retrying: () => ["it tries again", "mend what the message says; until then nothing comes"],
    lost: () => [
      listed([
        ...(lost > 0 ? [`${count(lost, "record")} never arrived`] : []),
        ...(outages > 0 ? [count(outages, "outage")] : []),
      ]),
      remedyOfLoss[kind] ??
        "find out what stands between the source and its observer; what was lost is not learned from",
    ],
    dropped: () => [
      `${count(dropped, "record")} found no room at the observer`,
      "give it a larger buffer (`buffer.size`), ship more often (`every`), or spread its sources over several observers",
    ],
    "shared-name": () => [
      `two observers ship as ${quoted(observer)}, and what both see counts twice`,
      "give each of them a name of its own (`--name`)",
    ],
    clock: () => [
      `its observer's clock is ${duration((Date.parse(lastArrival ?? lastReport) - Date.parse(lastReport)) / 1000)} ahead of this collector's`,
      "set both machines' clocks, as by NTP; until then what it counts is of hours that are yet to come",
    ],
    unattributed: () => unattributedWords(leftOut),
    late: () => [
      `its records are ${duration((lagMs?.mean ?? 0) / 1000)} late`,
      "wait where it catches up after a pause; else look for what holds records back, and at the clocks of both ends",
    ],
    idle: () => [
      lastArrival === null ? "it runs, and nothing ever came" : `it runs, and nothing came for ${since(lastArrival)}`,
      "where there is traffic, see whether its sender still sends, and to this observer",
    ],
    malformed: () => [
      `${count(malformed, "record")} could not be understood`,
      "the observer's log has the reason and the beginning of one a minute",
    ],
  };
  return source.troubles.map((trouble) => {
    const [what, remedy] = words[trouble]();
    return { trouble, what, remedy };
  });
}

/** By kind of source: what the most frequent loss comes from. */
const remedyOfLoss: Readonly<Partial<Record<string, string>>> = {
  "flow-export":
    "let exporters use TCP, or raise `receiveBufferBytes` together with `net.core.rmem_max`; see docs/flow-export.md",
  hubble: "let nodes keep more events, and the observer be away for shorter; see Gaps in docs/hubble-and-goldmane.md",
  "netobserv-kafka":
    "keep the topic for longer than the observer is away, and look in its log for what cannot be read; see docs/netobserv-and-ovn.md",
  "netobserv-loki":
    "raise `maxAnswerMiB` where answers are too long, and look at what Loki refuses; see docs/netobserv-and-ovn.md",
  "ovn-acl-syslog": "send syslog over TCP, which waits where there is no room; see docs/netobserv-and-ovn.md",
};

/** What is missing, and where to get it. */
const knowledge: Partial<Record<LeftOutReason, readonly [what: string, remedy: string]>> = {
  "source-unknown": [
    "of addresses that no known pod had",
    "let the observer watch the cluster, or give it a dump (`kubernetes` in its configuration)",
  ],
  "initiator-unknown": [
    "without a sign of which side called",
    "let the source tell TCP flags and both ports; without them who called is not known",
  ],
  "service-unresolved": ["to services whose endpoints are not known", "let the observer read EndpointSlices"],
};

function unattributedWords(leftOut: TroubledSource["leftOut"]): readonly [string, string] {
  const lacks = leftOut.flatMap(({ reason, flows }) => {
    const [why, remedy] = knowledge[reason] ?? [];
    return why === undefined || remedy === undefined
      ? []
      : [{ what: `${count(flows, "flow")} left out ${why}`, remedy }];
  });
  return [lacks.map(({ what }) => what).join(", "), lacks.map(({ remedy }) => remedy).join("; ")];
}
