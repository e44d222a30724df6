import { printable } from "../../../core/quoted.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import { calibration } from "./calibration.ts";
import { type Hazard, hazardOf } from "./hazard.ts";
import type { ReadinessInput } from "./readiness-of.ts";
import type { MissingEvidence } from "./readiness.ts";

/** More names do not help the reader. */
const mostNamed = 10;

/** Workloads that the cluster runs and that were never seen sending: most need nothing, some only later. */
export function silentWorkloads({ namespace, facts, seen }: Pick<ReadinessInput, "namespace" | "facts" | "seen">): {
  readonly hazards: readonly Hazard[];
  readonly missing: readonly MissingEvidence[];
} {
  const seenNames = new Set(seen.map(({ workload }) => workload.name));
  const silent = new Set(
    facts.pods
      .filter((pod) => pod.namespace === namespace && !pod.isHostNetwork && pod.workload.kind !== "CronJob")
      // Flow sources do not always know the kind, so names are compared.
      .filter(({ workload }) => !seenNames.has(workload.name))
      .map(({ workload }) => formatWorkload(workload)),
  );
  const names = [...silent].toSorted();
  if (names.length === 0) return { hazards: [], missing: [] };
  const many = names.length === 1 ? "a workload was" : `${names.length} workloads were`;
  const week = names.length * hazardOf(calibration.silentWorkload);
  return {
    hazards: [{ kind: "not-observed", text: `${many} never seen sending`, day: week / 7, week }],
    missing: [
      ...names.slice(0, mostNamed).map((workload) => ({
        text: `${printable(workload)} was never seen sending: check that it needs nothing outside, or exercise it while flows are recorded`,
        workload,
      })),
      ...(names.length > mostNamed
        ? [{ text: `${names.length - mostNamed} more workloads were never seen sending`, workload: undefined }]
        : []),
    ],
  };
}
