import { Tooltip } from "@patternfly/react-core";
import { type JSX, useSyncExternalStore } from "react";

const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });
const dayOnly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** `GMT+2`, of the browser at that moment: summer differs from winter. */
function zoneOf(ms: number): string {
  return zone.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

export function formatMoment(ms: number): string {
  return `${dayAndTime.format(ms)} ${zoneOf(ms)}`;
}

export function formatDay(ms: number): string {
  return dayOnly.format(ms);
}

const steps = [
  ["year", 365 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

export function formatAge(ms: number, nowMs: number): string {
  const distance = ms - nowMs;
  // The clock of the page ticks twice a minute: what came since is no future.
  if (distance > 0 && distance < 60_000) return "just now";
  for (const [unit, size] of steps) {
    if (Math.abs(distance) >= size) return relative.format(Math.trunc(distance / size), unit);
  }
  return "just now";
}

let minute = Date.now();
const hearers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** The present, renewed twice a minute for everything that shows an age. */
export function useNow(): number {
  return useSyncExternalStore(
    (hear) => {
      hearers.add(hear);
      ticking ??= setInterval(() => {
        minute = Date.now();
        for (const each of hearers) each();
      }, 30_000);
      return () => hearers.delete(hear);
    },
    () => minute,
  );
}

/** How long ago, with the moment and its time zone on hover and for programs. */
export function Time({ ms, never = "never" }: { readonly ms: number | null; readonly never?: string }): JSX.Element {
  const nowMs = useNow();
  if (ms === null) return <>{never}</>;
  return (
    <Tooltip content={formatMoment(ms)}>
      <time dateTime={new Date(ms).toISOString()} className="postern-time">
        {formatAge(ms, nowMs)}
      </time>
    </Tooltip>
  );
}

/** The moment itself, where an age would not do: audit, evidence. */
export function Moment({ ms }: { readonly ms: number }): JSX.Element {
  return (
    <time dateTime={new Date(ms).toISOString()} className="postern-time">
      {formatMoment(ms)}
    </time>
  );
}
