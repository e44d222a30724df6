import { z } from "zod";
import type { LiveSourceKind } from "../../../app/live/live-source-kind.ts";
import { tlsOptions } from "../../../app/live/source-options.ts";
import { serverAddress } from "../channel.ts";
import { GoldmaneSource } from "./goldmane-source.ts";

const options = z.strictObject({
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

/** Flows of open-source Calico. Without addresses: a baseline of who talks at all. */
export const goldmaneSource: LiveSourceKind<z.infer<typeof options>> = {
  kind: "goldmane",
  summary: "flows of Calico from Goldmane, without addresses: who talks at all, over which ports",
  options,
  open: (name, opened, machine) => new GoldmaneSource(name, opened, machine),
};
