import type { ExposureView } from "../wire/list.ts";

/**
 * One number for what stays open: that of the family in which more is open, everywhere the same. Closed altogether is 0, which is not the
 * same as not known.
 */
export function widestExposure({ v4, v6 }: ExposureView): number {
  return Math.max(v4 ?? 0, v6 ?? 0);
}
