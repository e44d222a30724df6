import { z } from "zod";

/** Options that several sources share. Files are read at each connection, so that renewed certificates and tokens hold. */
export const tlsOptions = z
  .strictObject({
    caFile: z.string().optional().describe("PEM file with the authorities to trust instead of the system's"),
    certFile: z.string().optional().describe("PEM file with the client's certificate chain"),
    keyFile: z.string().optional().describe("PEM file with the client's private key"),
    serverName: z.string().optional().describe("name expected in the server's certificate, if not the host's"),
  })
  .describe("TLS to the server; `{}` trusts the system's authorities");

export type TlsOptions = z.infer<typeof tlsOptions>;

/** A bearer token, never written in the configuration itself. */
export const tokenFile = z
  .string()
  .describe("file with the bearer token, read again at each connection; a service account's token works as it is");
