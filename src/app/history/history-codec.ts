import { z } from "zod";
import { formatIp, type IpAddress } from "../../core/net/ip.ts";
import { maxDeciderText } from "../../core/policy/decider.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { maxDecidersPerEdge } from "../../pipeline/flows/edge.ts";
import { leftOutReasons } from "../../pipeline/flows/harvest.ts";
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
import type { HistoryReader } from "./history-reader.ts";

/** The questions of a {@link HistoryReader}, as they are called on the wire. */
export const historyQuestions = [
  "edges",
  "names",
  "newDestinations",
  "topTalkers",
  "coarse",
  "sourceHealth",
  "coverage",
] as const satisfies readonly (keyof HistoryReader)[];

export type HistoryQuestion = (typeof historyQuestions)[number];
export type AskedOf<Q extends HistoryQuestion> = Q extends "coverage" ? undefined : Parameters<HistoryReader[Q]>[0];
export type AnswerOf<Q extends HistoryQuestion> = Awaited<ReturnType<HistoryReader[Q]>>;

/** Rows that one answer may have, whoever asks. */
export const maxHistoryRows = 1_000_000;

const amount = z.number().min(0);
const limit = z.int().min(1).max(maxHistoryRows);
const workload = z.strictObject({ kind: label, name: label });
const window = z.strictObject({ fromMs: timeMs, toMs: timeMs });

const edgeQuery = z.strictObject({
  cluster: orNull(label),
  namespace: orNull(label),
  workload: workload.exactOptional(),
  window,
  limit,
});

const asked: { readonly [Q in HistoryQuestion]: z.ZodType<AskedOf<Q>> } = {
  edges: edgeQuery,
  names: z.strictObject({
    cluster: orNull(label),
    namespace: orNull(label),
    window,
    name: label.exactOptional(),
    address: address.exactOptional(),
    limit,
  }),
  newDestinations: z.strictObject({ cluster: orNull(label), namespace: orNull(label), sinceMs: timeMs, limit }),
  topTalkers: z.strictObject({
    cluster: orNull(label),
    window,
    of: z.enum(["workload", "namespace", "destination"]),
    by: z.enum(["flows", "bytes"]),
    limit,
  }),
  coarse: edgeQuery.extend({ per: z.enum(["hour", "window"]).exactOptional() }),
  sourceHealth: z.strictObject({ cluster: orNull(label), window }),
  coverage: z.null().transform(() => undefined),
};

const place = { cluster: label, namespace: label };
const edge = z.strictObject({
  ...place,
  workload,
  address,
  prefixLength: orNull(prefixLength),
  protocol,
  port,
  verdict,
  names: z.array(z.string()),
  decidedBy: z.array(z.string().max(maxDeciderText)).max(maxDecidersPerEdge),
  flows: amount,
  bytes: orNull(amount),
  firstSeenMs: orNull(timeMs),
  lastSeenMs: orNull(timeMs),
  activity: z.array(z.strictObject({ hour, flows: amount })),
});

const answer: { readonly [Q in HistoryQuestion]: z.ZodType<AnswerOf<Q>> } = {
  edges: z.strictObject({ edges: z.array(edge), isCut: z.boolean() }),
  names: z.array(
    z.strictObject({
      ...place,
      workload,
      name: z.string(),
      address,
      from: nameOrigin,
      chain: z.array(z.string()),
      ttlSeconds: orNull(amount),
      count: amount,
      firstSeenMs: timeMs,
      lastSeenMs: timeMs,
    }),
  ),
  newDestinations: z.array(edge),
  topTalkers: z.array(
    z.strictObject({
      cluster: label,
      namespace: orNull(label),
      workload: orNull(workload),
      address: orNull(address),
      flows: amount,
      bytes: orNull(amount),
      destinations: amount,
    }),
  ),
  coarse: z.array(
    z.strictObject({
      ...place,
      workload,
      source: z.string(),
      destination: z.string(),
      protocol: orNull(protocol),
      port: orNull(port),
      verdict,
      hour,
      lastHour: hour,
      flows: orNull(amount),
      bytes: orNull(amount),
    }),
  ),
  sourceHealth: z.array(
    z.strictObject({
      cluster: label,
      observer: z.string(),
      source: z.string(),
      kind: z.string(),
      state: sourceState,
      message: z.string(),
      records: amount,
      malformed: amount,
      lost: amount,
      outages: amount,
      dropped: amount,
      receivedBytes: amount,
      leftOut: z.array(z.strictObject({ reason: z.enum(leftOutReasons), flows: amount })),
      samplingMax: z.number().min(1),
      lastArrivalMs: orNull(timeMs),
      lagMs: orNull(z.strictObject({ mean: z.number(), max: z.number() })),
      reportedAtMs: timeMs,
      reportedHours: z.array(z.strictObject({ firstHour: hour, lastHour: hour })),
    }),
  ),
  coverage: z.array(z.strictObject({ ...place, firstHour: hour, lastHour: hour, edges: amount })),
};

/** A question's argument or answer as JSON text: addresses as text, what is undefined as `null`. */
export function encodeHistory(value: unknown): string {
  return JSON.stringify(value ?? null, (_, own: unknown) =>
    own === undefined ? null : isIp(own) ? formatIp(own) : own,
  );
}

function isIp(value: unknown): value is IpAddress {
  return typeof value === "object" && value !== null && "family" in value && "value" in value;
}

/** Reads the argument of a question from the wire, trusting nothing of it. */
export function decodeAsked<Q extends HistoryQuestion>(question: Q, text: string): Result<AskedOf<Q>, Failure> {
  return decode(asked[question], text, "the question");
}

/** Reads an answer from the wire, trusting nothing of it. */
export function decodeAnswer<Q extends HistoryQuestion>(question: Q, text: string): Result<AnswerOf<Q>, Failure> {
  return decode(answer[question], text, "the answer");
}

function decode<T>(schema: z.ZodType<T>, text: string, what: string): Result<T, Failure> {
  const refuse = (why: string): Result<T, Failure> =>
    fail({ code: "history_not_understood", message: `${what} to the history cannot be read: ${why}` });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse("it is not JSON");
  }
  const read = schema.safeParse(parsed);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  return refuse(issue === undefined ? "it has another form" : `\`${issue.path.join(".")}\`: ${issue.message}`);
}
