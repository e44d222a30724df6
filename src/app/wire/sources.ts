import { z } from "zod";
import { leftOutReasons } from "../../pipeline/flows/harvest.ts";
import { sourceTroubles } from "../source-troubles.ts";
import { listQuery, severalOf } from "./list.ts";

export const sourceQuery = listQuery.extend({
  cluster: severalOf(z.string()),
  observer: severalOf(z.string()),
  source: severalOf(z.string()),
  state: severalOf(z.string()),
  trouble: severalOf(z.enum(sourceTroubles)),
});
export type SourceQuery = z.infer<typeof sourceQuery>;

export const sourceRow = z.object({
  cluster: z.string(),
  observer: z.string(),
  observerVersion: z.string(),
  /** Where its last batch came from; empty inside the server's own process. */
  observerAddress: z.string(),
  source: z.string(),
  kind: z.string(),
  /** Tells who sends anything at all, and not to whom: nothing is learned from it. */
  isCoarse: z.boolean(),
  state: z.string(),
  message: z.string(),
  /** Why it deserves a look, the worst first. */
  troubles: z.array(z.object({ trouble: z.enum(sourceTroubles), what: z.string(), remedy: z.string() })),
  /** What the sums and means below are over. */
  windowMinutes: z.number().int(),
  recordsPerSecond: z.number(),
  records: z.number(),
  receivedBytes: z.number(),
  /** Arrival at the observer minus the record's own time; null where records have none. */
  lagMs: z.number().nullable(),
  lagMaxMs: z.number().nullable(),
  lost: z.number(),
  outages: z.number(),
  malformed: z.number(),
  dropped: z.number(),
  leftOut: z.array(z.object({ reason: z.enum(leftOutReasons), flows: z.number() })),
  /** The largest N of 1-in-N packet sampling. */
  samplingMax: z.number(),
  /** Of a record, by the observer's clock. */
  lastArrivalMs: z.number().nullable(),
  firstReportMs: z.number(),
  lastReportMs: z.number(),
  /** The last 60 whole minutes, oldest first; null where the observer reported nothing. */
  minutes: z.object({
    fromMs: z.number(),
    records: z.array(z.number().nullable()),
    missing: z.array(z.number().nullable()),
    lagMs: z.array(z.number().nullable()),
  }),
});
export type SourceRow = z.infer<typeof sourceRow>;
