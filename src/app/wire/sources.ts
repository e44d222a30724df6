import { z } from "zod";
import { listQuery, severalOf } from "./list.ts";

export const sourceQuery = listQuery.extend({ cluster: severalOf(z.string()), state: severalOf(z.string()) });
export type SourceQuery = z.infer<typeof sourceQuery>;

export const sourceRow = z.object({
  cluster: z.string(),
  observer: z.string(),
  source: z.string(),
  kind: z.string(),
  state: z.string(),
  message: z.string(),
  recordsPerSecond: z.number(),
  lagMs: z.number().nullable(),
  lost: z.number(),
  malformed: z.number(),
  dropped: z.number(),
  lastArrivalMs: z.number().nullable(),
  /** Records of each of the last 60 minutes, oldest first. */
  minutes: z.array(z.number()),
});
export type SourceRow = z.infer<typeof sourceRow>;
