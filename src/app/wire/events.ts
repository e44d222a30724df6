import { z } from "zod";

/** What the server tells open pages (`GET /api/v1/events`, server-sent events); a page asks anew for what it shows. */
export const serverEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("proposal"),
    id: z.string(),
    cluster: z.string(),
    namespace: z.string(),
    state: z.string(),
  }),
  /** Edges came in; at most one a second. */
  z.object({
    type: z.literal("traffic"),
    namespaces: z.array(
      z.object({ cluster: z.string(), namespace: z.string(), flows: z.number(), denied: z.number() }),
    ),
  }),
  z.object({ type: z.literal("namespace"), cluster: z.string(), namespace: z.string() }),
  z.object({ type: z.literal("sources") }),
  z.object({ type: z.literal("settings") }),
  /** Of long work: 0 to 1. */
  z.object({
    type: z.literal("progress"),
    task: z.string(),
    title: z.string(),
    done: z.number(),
    isFinished: z.boolean(),
    failure: z.string().nullable(),
  }),
]);
export type ServerEvent = z.infer<typeof serverEvent>;
