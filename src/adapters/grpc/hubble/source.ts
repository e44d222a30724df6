import { z } from "zod";
import type { LiveSourceKind } from "../../../app/live/live-source-kind.ts";
import { tlsOptions, tokenFile } from "../../../app/live/source-options.ts";
import { serverAddress } from "../channel.ts";
import { HubbleSource } from "./hubble-source.ts";

const options = z
  .strictObject({
    address: serverAddress.describe(
      "relay or agent as `host:port`: `hubble-relay.kube-system.svc:80` without TLS, port 443 with it",
    ),
    tls: tlsOptions.optional(),
    tokenFile: tokenFile.optional(),
    historySeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(300)
      .describe("how far back to begin the first time; nodes hold a few thousand flows each"),
  })
  .refine(({ tls, tokenFile: token }) => token === undefined || tls !== undefined, {
    message: "a token is only sent over TLS; set `tls` as well, `tls: {}` for the system's authorities",
    path: ["tokenFile"],
  });

/** Flows of Cilium, through Hubble's relay or an agent's own server. */
export const hubbleSource: LiveSourceKind<z.infer<typeof options>> = {
  kind: "hubble",
  summary: "flow events of Cilium, from Hubble's relay or from one agent",
  options,
  open: (name, opened, machine) => new HubbleSource(name, opened, machine),
};
