import { z } from "zod";
import { namespaceRef } from "./list.ts";
import { proposalSummary } from "./proposals.ts";

/** Of the namespaces that the one who asks may see. */
export const overview = z.object({
  namespaces: z.object({
    total: z.number().int(),
    enforced: z.number().int(),
    partial: z.number().int(),
    none: z.number().int(),
    unknown: z.number().int(),
    observe: z.number().int(),
    review: z.number().int(),
    automate: z.number().int(),
  }),
  /** One a day, oldest first: mean power of two that is open over namespaces, and flows denied that day. */
  exposure: z.array(
    z.object({ dayMs: z.number(), mean: z.number().nullable(), namespaces: z.number().int(), denied: z.number() }),
  ),
  /** Namespaces by readiness for a day: `≥ 99 %`, `95–99 %`, `80–95 %`, `< 80 %`, not known. */
  readiness: z.array(
    z.object({ from: z.number().nullable(), to: z.number().nullable(), namespaces: z.number().int() }),
  ),
  decisions: z.object({
    pendingReview: z.number().int(),
    changesRequested: z.number().int(),
    approvedNotMerged: z.number().int(),
    stopped: z.number().int(),
    /** The most urgent ones. */
    proposals: z.array(proposalSummary),
  }),
  findings: z.object({ error: z.number().int(), warning: z.number().int(), info: z.number().int() }),
  flowsLastHour: z.number(),
  deniedLastHour: z.number(),
  sources: z.object({ running: z.number().int(), troubled: z.number().int() }),
  /** Where most stays open. */
  widest: z.array(z.object({ ...namespaceRef.shape, exposure: z.number() })),
});
export type Overview = z.infer<typeof overview>;
