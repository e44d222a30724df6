import { z } from "zod";
import { tlsOptions } from "../../app/live/source-options.ts";

const hostAndPort = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, "write it as `host:port`")
  .describe("`host:port`");

export const kafkaOptions = z.strictObject({
  brokers: z
    .array(hostAndPort)
    .min(1)
    .max(64)
    .describe("brokers to ask first, each as `host:port`; they name the others"),
  topic: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,249}$/, "a topic has letters, digits, `.`, `_` and `-`")
    .describe("topic of the flow records, as the exporter or the agent writes it"),
  group: z
    .string()
    .min(1)
    .max(255)
    .default("postern")
    .describe("consumer group, of this source alone; its offsets are committed when the flows are stored"),
  instance: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("static member of the group, so that a restart does not move partitions between observers"),
  sessionSeconds: z
    .int()
    .min(1)
    .max(1800)
    .default(15)
    .describe("a member that is not heard of for so long is given up by the group; brokers usually allow 6 to 1800"),
  encoding: z
    .enum(["auto", "json", "protobuf"])
    .default("auto")
    .describe("`json` as the exporter writes it, `protobuf` as the agent does, or told from each message"),
  begin: z
    .enum(["earliest", "latest"])
    .default("earliest")
    .describe("where to begin in a partition that was never read: with what is still there, or with what comes"),
  tls: tlsOptions.optional(),
  sasl: z
    .strictObject({
      mechanism: z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]).describe("as the broker's listener wants it"),
      username: z.string().min(1).describe("who reads the topic"),
      passwordFile: z.string().describe("file with the password, read again at each connection"),
    })
    .optional()
    .describe("SASL authentication"),
});

export type KafkaOptions = z.infer<typeof kafkaOptions>;
