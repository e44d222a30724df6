import { z } from "zod";
import { tlsOptions } from "../../../app/live/source-options.ts";
import { serverAddress } from "../server-address.ts";

export const goldmaneOptions = z.strictObject({
  address: serverAddress
    .default("goldmane.calico-system.svc:7443")
    .describe("Goldmane's service as `host:port`; it wants a client certificate of the operator's authority"),
  tls: tlsOptions.optional(),
  cluster: z.string().max(253).default("").describe("the cluster's name, when flows of several are kept together"),
  historySeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(3600)
    .describe("how far back to begin the first time; Goldmane keeps about an hour"),
});

export type GoldmaneOptions = z.infer<typeof goldmaneOptions>;
