import type { ObserverStatus } from "../../app/live/observer-status.ts";

/** An answer to a kubelet: good, or why not. */
export interface Health {
  readonly isGood: boolean;
  readonly reasons: readonly string[];
}

/** Sealing comes every few seconds, and without news every thirty: so long without is a process that hangs. */
const stuckMs = 180_000;

/** Whether starting the process again could help: it hangs, or all of its sources have given up. */
export function livenessOf({ batches, sources, outboxTrouble }: ObserverStatus, nowMs: number): Health {
  const { sealedAtMs } = batches;
  const reasons: string[] = [];
  if (sealedAtMs !== undefined && nowMs - sealedAtMs > stuckMs && outboxTrouble === undefined) {
    reasons.push(`nothing was sealed for ${Math.round((nowMs - sealedAtMs) / 1000)} s`);
  }
  if (sources.length > 0 && sources.every(({ state }) => state === "failed")) reasons.push("every source has failed");
  return { isGood: reasons.length === 0, reasons };
}

/** Whether flows come in and can be kept; that the collector is away is what the buffer is for. */
export function readinessOf({ isListening, sources, outboxTrouble }: ObserverStatus): Health {
  const reasons: string[] = [];
  if (!isListening) reasons.push("it is ending");
  if (sources.length === 0) reasons.push("it waits for the cluster");
  else if (!sources.some(({ state }) => state === "running" || state === "ended")) reasons.push("no source runs");
  if (outboxTrouble !== undefined) reasons.push(outboxTrouble);
  return { isGood: reasons.length === 0, reasons };
}
