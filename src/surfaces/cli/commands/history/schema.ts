import { z } from "zod";
import { time, toldDeciders, workload } from "../../schema/common.ts";

const amount = z.number().min(0);
const place = { cluster: z.string(), namespace: z.string() };
const address = z.string().describe("an address, or a block where the source recorded blocks");

const edge = z
  .strictObject({
    ...place,
    workload,
    address,
    protocol: z.enum(["tcp", "udp", "sctp", "icmp", "other"]),
    port: z.int().min(0).max(65535).describe("0 where the protocol has none"),
    verdict: z.enum(["seen", "allowed", "denied", "unanswered"]),
    names: z.array(z.string()),
    decidedBy: toldDeciders,
    flows: amount,
    bytes: amount.nullable().describe("null where no source counts bytes"),
    firstSeen: time.nullable(),
    lastSeen: time.nullable(),
    activity: z.array(
      z.strictObject({ hour: time.describe("start of the hour, or of a rolled-up day"), flows: amount }),
    ),
  })
  .meta({ id: "StoredEdge" });

const edges = (name: "edges" | "new") =>
  z.strictObject({
    schema: z.literal(`postern/history-${name}/v1`),
    edges: z.array(edge),
    isCut: z.boolean().describe("there are more than were asked for"),
  });

const names = z.strictObject({
  schema: z.literal("postern/history-names/v1"),
  names: z.array(
    z.strictObject({
      ...place,
      workload: workload.describe("who asked or connected"),
      name: z.string(),
      address: z.string(),
      from: z.enum(["flow", "dns-answer", "tls-sni"]),
      chain: z.array(z.string()).describe("aliases between the name and the address"),
      ttlSeconds: amount.nullable(),
      count: amount,
      firstSeen: time,
      lastSeen: time,
    }),
  ),
  isCut: z.boolean().describe("there are more than were asked for"),
});

const talkers = z.strictObject({
  schema: z.literal("postern/history-talkers/v1"),
  talkers: z.array(
    z.strictObject({
      cluster: z.string(),
      namespace: z.string().nullable(),
      workload: workload.nullable(),
      address: z.string().nullable(),
      flows: amount,
      bytes: amount.nullable(),
      destinations: z.int().min(0).describe("distinct address, protocol and port"),
    }),
  ),
});

const coarse = z
  .strictObject({
    schema: z.literal("postern/history-coarse/v1"),
    coarse: z.array(
      z.strictObject({
        ...place,
        workload,
        source: z.string(),
        destination: z.string().describe("what the metric calls the far end; empty when it does not say"),
        protocol: z.enum(["tcp", "udp", "sctp", "icmp", "other"]).nullable(),
        port: z.int().min(0).max(65535).nullable(),
        verdict: z.enum(["seen", "allowed", "denied", "unanswered"]),
        flows: amount.nullable(),
        bytes: amount.nullable(),
        firstHour: time,
        lastHour: time,
      }),
    ),
    isCut: z.boolean().describe("there are more than were asked for"),
  })
  .describe("metrics without addresses: that a workload sends, not to whom; sources cannot be compared");

const coverage = z.strictObject({
  schema: z.literal("postern/history-coverage/v1"),
  namespaces: z.array(z.strictObject({ ...place, firstHour: time, lastHour: time, edges: amount })),
  sources: z.array(
    z.strictObject({
      cluster: z.string(),
      observer: z.string(),
      source: z.string(),
      kind: z.string(),
      state: z.enum(["starting", "running", "retrying", "ended", "failed"]),
      message: z.string(),
      reportedAt: time,
      records: amount,
      malformed: amount,
      lost: amount,
      outages: amount,
      dropped: amount,
      receivedBytes: amount,
      samplingMax: amount,
      lastArrival: time.nullable(),
      lagMs: z.strictObject({ mean: z.number(), max: z.number() }).nullable(),
      leftOut: z.array(z.strictObject({ reason: z.string(), flows: amount })),
    }),
  ),
  gaps: z
    .array(z.strictObject({ cluster: z.string(), from: time, to: time }))
    .describe("times in which no observer of a cluster reported, from its first report in the window on"),
});

export const historyOutput = z.discriminatedUnion("schema", [
  edges("edges"),
  edges("new"),
  names,
  talkers,
  coarse,
  coverage,
]);

export type HistoryOutput = z.output<typeof historyOutput>;
