import { z } from "zod";
import { tlsOptions, tokenFile } from "../../../app/live/source-options.ts";
import { serverAddress } from "../server-address.ts";

export const hubbleOptions = z
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

export type HubbleOptions = z.infer<typeof hubbleOptions>;
