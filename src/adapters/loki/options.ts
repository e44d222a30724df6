import { z } from "zod";
import { tlsOptions, tokenFile } from "../../app/live/source-options.ts";

export const lokiOptions = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .describe(
        "Loki up to the tenant: `http://loki:3100`, or `https://…-gateway-http.….svc:8080/api/logs/v1/network`",
      ),
    tenant: z
      .string()
      .regex(/^[A-Za-z0-9._|!*'()-]{1,150}$/, "a tenant has letters, digits and `!-_.*'()`")
      .optional()
      .describe("sent as `X-Scope-OrgID`; `netobserv` for a Loki without gateway"),
    tokenFile: tokenFile.optional(),
    tls: tlsOptions.optional(),
    namespaces: z
      .array(z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "a namespace is an RFC 1123 label"))
      .min(1)
      .max(500)
      .optional()
      .describe("only flows from these namespaces; needed for a user who is no administrator"),
    query: z
      .string()
      .min(2)
      .max(5000)
      .startsWith("{", 'a log query begins with a stream selector: `{app="netobserv-flowcollector"}`')
      .optional()
      .describe("LogQL log query instead of all egress of pods; not together with `namespaces`"),
    sinceMinutes: z
      .int()
      .min(0)
      .max(60 * 24 * 366)
      .default(60)
      .describe("how far back to begin when nothing was read before"),
    follow: z
      .enum(["poll", "tail"])
      .default("poll")
      .describe("`tail`: lines come over a websocket, and are asked for only where Loki counts more of them"),
    pollSeconds: z.int().min(1).max(3600).default(15).describe("pause between two looks at what is new"),
    delaySeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(30)
      .describe("what is younger is not asked for yet: agents and Loki deliver some seconds late"),
    overlapSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(30)
      .describe(
        "what is so much older is asked for again, for lines that came later still; known ones are not counted",
      ),
    limit: z
      .int()
      .min(1)
      .max(50_000)
      .default(5000)
      .describe("lines in one answer, at most what the server allows (`max_entries_limit_per_query`)"),
    timeoutSeconds: z.int().min(1).max(600).default(60).describe("for one answer"),
    maxAnswerMiB: z.int().min(1).max(256).default(32).describe("longer answers are cut into smaller ones"),
  })
  .refine(({ query, namespaces }) => query === undefined || namespaces === undefined, {
    path: ["namespaces"],
    message: "belongs to the usual query; with `query`, name the namespaces there",
  });

export type LokiOptions = z.infer<typeof lokiOptions>;
