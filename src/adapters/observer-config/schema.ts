import { z } from "zod";
import { tlsOptions, tokenFile } from "../../app/live/source-options.ts";
import { type Cidr, parseCidr } from "../../core/net/ip-set.ts";
import { quoted } from "../../core/quoted.ts";

const durationUnits = { ms: 1, s: 1000, m: 60_000 } as const;
const sizeUnits = { KiB: 1 << 10, MiB: 1 << 20, GiB: 1 << 30, KB: 1000, MB: 1e6, GB: 1e9 } as const;

/** `2s` in milliseconds. */
function duration(leastMs: number, mostMs: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const [, digits = "", unit = ""] = /^(\d{1,9})(ms|s|m)$/.exec(text) ?? [];
    const ms = Number(digits) * (durationUnits[unit as keyof typeof durationUnits] ?? Number.NaN);
    if (ms >= leastMs && ms <= mostMs) return ms;
    const bounds = `from ${leastMs / 1000}s to ${mostMs / 1000}s`;
    context.addIssue({
      code: "custom",
      message: `${quoted(text)} is no duration: write \`500ms\`, \`2s\` or \`1m\`, ${bounds}`,
    });
    return z.NEVER;
  });
}

/** `512MiB` in bytes. */
const size = z.string().transform((text, context) => {
  const [, digits = "", unit = ""] = /^(\d{1,6})\s?([KMG]i?B)$/.exec(text) ?? [];
  const bytes = Number(digits) * (sizeUnits[unit as keyof typeof sizeUnits] ?? Number.NaN);
  if (bytes >= 1 << 20 && bytes <= 2 ** 40) return bytes;
  context.addIssue({
    code: "custom",
    message: `${quoted(text)} is no size: write \`512MiB\` or \`2GB\`, from 1MiB to 1024GiB`,
  });
  return z.NEVER;
});

const cidr = z
  .string()
  .max(64)
  .transform((text, context): Cidr => {
    const read = parseCidr(text);
    if (read.ok) return read.value;
    context.addIssue({ code: "custom", message: read.error.message });
    return z.NEVER;
  });

const url = z
  .string()
  .max(2048)
  .transform((text, context): URL => {
    const read = URL.parse(text);
    const isPlain =
      read !== null && read.username === "" && read.password === "" && read.search === "" && read.hash === "";
    if (isPlain && (read.protocol === "https:" || read.protocol === "http:")) return read;
    // What stands before an `@` can be a password.
    const shown = text.includes("@") ? "it" : quoted(text);
    const message = `${shown} is no address of a collector: write \`https://postern.example.com\`, without user or query`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

export const listenAt = z
  .string()
  .max(100)
  .transform((text, context) => {
    const [, v6, v4, digits = ""] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
    const port = Number(digits);
    const host = v6 ?? v4;
    if (host !== undefined && digits !== "" && port <= 65_535) return { host, port };
    context.addIssue({
      code: "custom",
      message: `${quoted(text)} is no place to listen at: write \`127.0.0.1:9400\` or \`[::1]:9400\``,
    });
    return z.NEVER;
  });

export const labelPattern = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const label = z
  .string()
  .regex(labelPattern, "is not a label: lower-case letters, digits and `-`, at most 63 characters");

/** The configuration of an observer, without the options of its sources, which each kind knows itself. */
export const observerConfig = z.strictObject({
  observer: label
    .optional()
    .describe("name of this observer, unique within the cluster; the host's name when left out"),
  cluster: label.describe("name of the cluster, as the collector's token knows it"),
  every: duration(20, 60_000).default(2000).describe("how often what was counted is sealed and shipped"),
  sources: z
    .array(z.looseObject({ kind: z.string().min(1).max(63), name: label.optional() }))
    .min(1)
    .max(64)
    .describe(
      "where flows come from, each with its `kind`, a `name` (the kind when left out) and the options of that kind",
    ),
  networks: z
    .strictObject({
      pods: z.array(cidr).max(64).default([]).describe("pod networks of the cluster"),
      services: z.array(cidr).max(64).default([]).describe("service networks of the cluster"),
    })
    .prefault({})
    .describe("networks of the cluster, where they are neither read from its API nor to be inferred"),
  kubernetes: z
    .union([
      z.literal(false),
      z.strictObject({
        kubeconfig: z
          .string()
          .optional()
          .describe("kubeconfig file; the pod's own service account when left out in a pod"),
        context: z.string().optional().describe("context of the kubeconfig"),
        allowInsecure: z
          .boolean()
          .default(false)
          .describe("take a kubeconfig that does not check the server's certificate; whoever is between can lie then"),
        late: duration(0, 86_400_000)
          .default(900_000)
          .describe("how late flows may be and still find the workload that had their address then"),
        patience: duration(0, 600_000).default(60_000).describe("how long sources wait for the first complete picture"),
      }),
      z.strictObject({
        dump: z.array(z.string().min(1)).min(1).max(1000).describe("files or folders of `oc get … -o yaml`, read once"),
      }),
    ])
    .prefault({})
    .describe(
      "how the cluster is known: its API by default, a `dump`, or `false` where flows name their workloads themselves",
    ),
  ship: z
    .strictObject({
      url: url.describe("the collector, as `https://…`"),
      tokenFile: tokenFile.optional(),
      tls: tlsOptions.optional(),
    })
    .optional()
    .describe("where batches go"),
  buffer: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe("folder of this observer alone; under the user's state folder when left out"),
      size: size
        .default(512 << 20)
        .describe("limit on disk; when it is reached the oldest batches are dropped and counted"),
    })
    .prefault({})
    .describe("where batches wait until the collector has them"),
  anonymise: z
    .strictObject({
      keyFile: z.string().min(1).describe("file that `postern observe key` made; it stays in the cluster"),
    })
    .optional()
    .describe("hide addresses and names from the collector; see docs/observer.md for what stays visible"),
  metrics: listenAt.optional().describe("where `/metrics`, `/healthz` and `/readyz` are answered, as `127.0.0.1:9400`"),
  grace: duration(0, 600_000).default(20_000).describe("time to deliver what is left when the observer is told to end"),
});

export type ObserverConfig = z.infer<typeof observerConfig>;
