import { z } from "zod";
import { listQuery, severalOf } from "./list.ts";

export const trafficDimensions = [
  "cluster",
  "namespace",
  "workload",
  "address",
  "name",
  "protocol",
  "port",
  "verdict",
] as const;
export const trafficDimension = z.enum(trafficDimensions);

const filters = {
  fromMs: z.coerce.number().optional(),
  toMs: z.coerce.number().optional(),
  cluster: severalOf(z.string()),
  namespace: severalOf(z.string()),
  /** `Deployment/cart` */
  workload: severalOf(z.string()),
  /** An address or a block. */
  address: severalOf(z.string()),
  /** A name, or `*.example.com` for all below it. */
  name: severalOf(z.string()),
  protocol: severalOf(z.string()),
  port: severalOf(z.coerce.number().int().min(0).max(65_535)),
  verdict: severalOf(z.enum(["seen", "allowed", "denied", "unanswered"])),
};

/** Edges by any dimensions: without `by` each edge is a row. Sorts: `flows` (default, descending) `bytes` `destinations` `lastSeenMs` `firstSeenMs`, or a dimension. */
export const trafficQuery = listQuery.extend({
  ...filters,
  by: severalOf(trafficDimension),
  /** Rows left out before the first, for tables that are scrolled far: says where to begin without a cursor; give a window with it. */
  skip: z.coerce.number().int().min(0).max(200_000).optional(),
});
export type TrafficQuery = z.infer<typeof trafficQuery>;

export const trafficRow = z.object({
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  workload: z.string().optional(),
  address: z.string().optional(),
  names: z.array(z.string()).optional(),
  protocol: z.string().optional(),
  port: z.number().int().optional(),
  verdict: z.string().optional(),
  flows: z.number(),
  bytes: z.number().nullable(),
  destinations: z.number().int(),
  firstSeenMs: z.number().nullable(),
  lastSeenMs: z.number().nullable(),
});
export type TrafficRow = z.infer<typeof trafficRow>;

/** Flows over time under the same filters, cut by at most one dimension (its largest values, the rest together). */
export const timelineQuery = z.object({
  ...filters,
  q: z.string().max(200).optional(),
  by: trafficDimension.optional(),
});
export type TimelineQuery = z.infer<typeof timelineQuery>;
export const timeline = z.object({
  bucketMs: z.number(),
  /** Starts of the buckets. */
  times: z.array(z.number()),
  series: z.array(z.object({ key: z.string(), flows: z.array(z.number()) })),
});
export type Timeline = z.infer<typeof timeline>;
