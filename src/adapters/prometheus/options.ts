import { z } from "zod";
import { tlsOptions, tokenFile } from "../../app/live/source-options.ts";

export const prometheusOptions = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .describe("Prometheus, or `https://thanos-querier.openshift-monitoring.svc:9091`; `:9092` with `namespaces`"),
  tokenFile: tokenFile.optional(),
  tls: tlsOptions.optional(),
  metrics: z
    .array(z.enum(["netobserv", "hubble"]))
    .min(1)
    .default(["netobserv", "hubble"])
    .describe("whose metrics to ask for; those that are not there bring nothing"),
  namespaces: z
    .array(z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "a namespace is an RFC 1123 label"))
    .min(1)
    .max(500)
    .optional()
    .describe("asked for one by one as `namespace=`, as the tenancy port of OpenShift's monitoring wants it"),
  sinceHours: z
    .int()
    .min(1)
    .max(24 * 366)
    .default(24)
    .describe("how far back to begin when nothing was read before; what Prometheus no longer keeps is missing"),
  settleMinutes: z
    .int()
    .min(0)
    .max(50)
    .default(5)
    .describe("pause after an hour before it is asked for: agents and scrapes deliver late"),
  timeoutSeconds: z.int().min(1).max(600).default(60).describe("for one answer"),
  maxAnswerMiB: z.int().min(1).max(256).default(16).describe("an hour with more is skipped, and told as an outage"),
});

export type PrometheusOptions = z.infer<typeof prometheusOptions>;
