import { formatWorkload } from "../../../core/workload/workload.ts";
import type { ServiceUse } from "../../baseline/services/service-use.ts";
import { runsToAnEnd } from "../../baseline/suspicion/workload-edges.ts";
import type { FlowWindow } from "../../flows/harvest.ts";
import { HourSet } from "../../flows/hour-set.ts";

const hourMs = 3_600_000;

/** How services of a namespace came to be known, one after the other. */
export interface Discovery {
  /** Services that long-running workloads use, less bare addresses. */
  readonly services: number;
  /** Of these, first met in the later half of the window. */
  readonly late: number;
  /** Of these, met in a single hour of the window (Good–Turing's singletons). */
  readonly once: number;
  /** Length of the window, less what was not observed. */
  readonly days: number;
  /** The last service to be met, and by whom. */
  readonly newest: { readonly title: string; readonly workload: string; readonly hour: number } | undefined;
  /** Flow records of each service, of all workloads, less bare addresses. */
  readonly records: readonly number[];
}

/**
 * Jobs are left out of the times: when they meet a service is their schedule's doing. Services without times count as known
 * from the start.
 */
export function discoveryOf(
  uses: readonly ServiceUse[],
  window: FlowWindow | undefined,
  unobservedHours: number,
): Discovery {
  const hours = window === undefined ? 0 : Math.max(0, (window.lastMs - window.firstMs) / hourMs - unobservedHours);
  const middle = window === undefined ? Infinity : (window.firstMs + window.lastMs) / 2 / hourMs;
  let services = 0;
  let late = 0;
  let once = 0;
  let newest: Discovery["newest"];
  const records: number[] = [];
  for (const { service, edges } of uses) {
    if (service.by !== "address") records.push(edges.reduce((sum, { flows }) => sum + flows, 0));
    const own = edges.filter(({ workload }) => !runsToAnEnd(workload));
    // A bare address that comes late is mostly a known service at a new address, and its own form answers for that.
    if (own.length === 0 || service.by === "address") continue;
    services += 1;
    const active = new HourSet();
    for (const { activity } of own) active.addAll(activity);
    if (active.size === 0) continue;
    const first = own.reduce((least, { activity }) => Math.min(least, activity[0]?.hour ?? Infinity), Infinity);
    // An hour that began before the middle is of the earlier half.
    if (first >= middle) late += 1;
    if (active.size === 1) once += 1;
    if (newest === undefined || first > newest.hour) {
      const by = own.find(({ activity }) => activity[0]?.hour === first)!;
      newest = { title: service.title, workload: formatWorkload(by.workload), hour: first };
    }
  }
  return { services, late, once, days: hours / 24, newest, records };
}
