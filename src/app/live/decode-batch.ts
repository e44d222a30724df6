import { z } from "zod";
import { maxDeciderText, parseDecider } from "../../core/policy/decider.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { latestMs } from "../../pipeline/flows/edge-sums.ts";
import { maxDecidersPerEdge } from "../../pipeline/flows/edge.ts";
import { leftOutReasons } from "../../pipeline/flows/harvest.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { Failure } from "../failure.ts";
import {
  address,
  hour,
  label,
  nameOrigin,
  orNull,
  port,
  prefixLength,
  protocol,
  sourceState,
  timeMs,
  verdict,
} from "../wire-fields.ts";
import { batchVersion } from "./encode-batch.ts";
import { isWithin, type JsonLimits } from "./json-extent.ts";

/** Of the text of a batch, before compression. An observer seals earlier than it would reach this. */
export const maxBatchBytes = 64 << 20;
const maxRows = 500_000;
/** A row is two arrays at most, a chain or deciders being the second; fields are those of the batch and of its sources' health. */
const extent: JsonLimits = { depth: 5, containers: 5 * maxRows, fields: 20_000 };

const count = z.int().min(0);
/** Bytes of sampled packets are estimates, and may be fractions. */
const amount = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const lag = z.number().min(-latestMs).max(latestMs);
const index = z.int().min(0).max(maxRows);
const name = z.string().min(1).max(253);
const decider = z
  .string()
  .max(maxDeciderText)
  .refine((text) => parseDecider(text) !== undefined, "not a policy that can decide a flow");

/** Looks at the length first and stops at the first mistake: one complaint for each of a million values would be gigabytes. */
const listOf = <T extends z.ZodType>(item: T, longest: number) =>
  z.unknown().transform((list, context): z.output<T>[] => {
    if (!Array.isArray(list) || list.length > longest) {
      context.addIssue({ code: "custom", message: `expected a list of at most ${longest}` });
      return z.NEVER;
    }
    const read: z.output<T>[] = [];
    for (const [i, one] of list.entries()) {
      const own = item.safeParse(one);
      if (!own.success) {
        const { message, path } = own.error.issues[0]!;
        context.addIssue({ code: "custom", message, path: [i, ...path] });
        return z.NEVER;
      }
      read.push(own.data);
    }
    return read;
  });

/** Rows are tuples: a batch has thousands, and field names would be most of it. */
const edgeRow = z.tuple([
  index,
  index,
  address,
  orNull(prefixLength),
  protocol,
  port,
  verdict,
  hour,
  count,
  orNull(amount),
  timeMs,
  timeMs,
  listOf(decider, maxDecidersPerEdge),
]);
const nameRow = z.tuple([
  index,
  index,
  name,
  address,
  nameOrigin,
  listOf(name, 32),
  orNull(count),
  count,
  timeMs,
  timeMs,
]);
const coarseRow = z.tuple([
  index,
  index,
  label,
  orNull(protocol),
  orNull(port),
  verdict,
  hour,
  orNull(amount),
  orNull(amount),
]);
const health = z.strictObject({
  source: index,
  kind: label,
  state: sourceState,
  message: z.string().max(1000),
  records: count,
  malformed: count,
  lost: count,
  outages: count,
  dropped: count,
  receivedBytes: count,
  leftOut: listOf(z.strictObject({ reason: z.enum(leftOutReasons), flows: count }), leftOutReasons.length),
  samplingMax: z.number().min(1).max(Number.MAX_SAFE_INTEGER),
  lastArrivalMs: timeMs.optional(),
  lagMs: z.strictObject({ mean: lag, max: lag }).optional(),
});

const wireBatch = z.strictObject({
  version: z.literal(batchVersion),
  observer: z.string().regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/),
  incarnation: z.string().regex(/^[0-9a-f]{32}$/),
  sequence: z.int().min(1),
  cluster: label,
  sealedAtMs: timeMs,
  owners: listOf(z.tuple([label, label, label, label]), maxRows),
  sources: listOf(z.string().min(1).max(63), 256),
  edges: listOf(edgeRow, maxRows),
  names: listOf(nameRow, maxRows),
  coarse: listOf(coarseRow, maxRows),
  health: listOf(health, 256),
});

/** Reads what `encodeBatch` wrote, trusting nothing of it. */
export function decodeBatch(text: string): Result<SealedBatch, Failure> {
  if (!isWithin(text, extent)) return refuse("it has more brackets or fields than any batch");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse("it is not JSON");
  }
  const wire = wireBatch.safeParse(parsed);
  if (!wire.success) {
    const [issue] = wire.error.issues;
    return refuse(issue === undefined ? "it has another form" : `\`${issue.path.join(".")}\`: ${issue.message}`);
  }
  const { version: _, owners, edges, names, coarse, health: sources, ...head } = wire.data;
  const isIndexed = [...edges, ...names, ...coarse].every(
    ([source, owner]) => source < head.sources.length && owner < owners.length,
  );
  if (!isIndexed || sources.some(({ source }) => source >= head.sources.length)) {
    return refuse("a row names an owner or a source that the batch does not list");
  }
  return ok({
    ...head,
    owners: owners.map(([cluster, namespace, kind, workload]) => ({
      cluster,
      namespace,
      workload: { kind, name: workload },
    })),
    edges: edges.map((row) => ({
      source: row[0],
      owner: row[1],
      address: row[2],
      prefixLength: row[3],
      protocol: row[4],
      port: row[5],
      verdict: row[6],
      hour: row[7],
      flows: row[8],
      bytes: row[9],
      firstSeenMs: row[10],
      lastSeenMs: row[11],
      decidedBy: row[12],
    })),
    names: names.map((row) => ({
      source: row[0],
      owner: row[1],
      name: row[2],
      address: row[3],
      from: row[4],
      chain: row[5],
      ttlSeconds: row[6],
      count: row[7],
      firstSeenMs: row[8],
      lastSeenMs: row[9],
    })),
    coarse: coarse.map((row) => ({
      source: row[0],
      owner: row[1],
      destination: row[2],
      protocol: row[3],
      port: row[4],
      verdict: row[5],
      hour: row[6],
      flows: row[7],
      bytes: row[8],
    })),
    health: sources.map((source) => ({ ...source, lastArrivalMs: source.lastArrivalMs, lagMs: source.lagMs })),
  });
}

function refuse(why: string): Result<never, Failure> {
  return fail({ code: "batch_unreadable", message: `the batch cannot be read: ${why}` });
}
