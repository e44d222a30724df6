import { z } from "zod";
import { cidrBlock, listenPlace } from "../../app/live/listen-place.ts";

const streams = z.array(listenPlace).max(16).default([]);

const listenCertificate = z.strictObject({
  certFile: z.string().describe("PEM file with this server's certificate chain"),
  keyFile: z.string().describe("PEM file with its private key"),
  clientCaFile: z
    .string()
    .optional()
    .describe("PEM file with the authorities of exporters' certificates; exporters then must show one"),
});

export type ListenCertificate = z.infer<typeof listenCertificate>;

export const flowExportOptions = z
  .strictObject({
    listen: z
      .array(listenPlace)
      .max(16)
      .prefault([2055, 4739, 6343])
      .describe(
        "UDP ports, or addresses with port such as `192.0.2.1:4739` or `[2001:db8::1]:4739`; every protocol is told by " +
          "its content, so one port is enough",
      ),
    tcp: streams.describe("TCP ports, or addresses with port, for IPFIX over TCP; 4739 is the usual one"),
    tls: streams.describe(
      "TCP ports, or addresses with port, for IPFIX over TLS; 4740 is the usual one; needs `certificate`",
    ),
    certificate: listenCertificate.optional().describe("what is shown to exporters over TLS"),
    maxConnections: z
      .int()
      .min(1)
      .max(1024)
      .default(64)
      .describe("over TCP and TLS, at the same time, half of them for one exporter; more are refused"),
    idleSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(3600)
      .describe("a connection on which nothing comes for so long is closed"),
    exporters: z
      .array(cidrBlock)
      .min(1)
      .max(1024)
      .describe(
        "CIDR blocks of the machines that may send, such as the nodes' networks; UDP senders can be forged, so keep " +
          "them small",
      ),
    receiveBufferBytes: z
      .int()
      .min(65_536)
      .max(1 << 30)
      .default(8 << 20)
      .describe("of the kernel, for each socket; the machine's `net.core.rmem_max` must allow it"),
    openVSwitchSampling: z
      .int()
      .min(1)
      .max(1 << 24)
      .default(400)
      .describe(
        "the `sampling` of Open vSwitch's IPFIX export, which its records do not tell: OpenShift's default is 400; counts " +
          "are scaled by it already, so this only says that not every packet was seen",
      ),
    templateLifetimeMinutes: z
      .int()
      .min(1)
      .max(7 * 24 * 60)
      .default(90)
      .describe("a template that came over UDP and was not sent again for so long is forgotten"),
  })
  .refine(({ listen, tcp, tls }) => listen.length + tcp.length + tls.length > 0, {
    path: ["listen"],
    message: "name a place to listen at: `listen` for UDP, `tcp` or `tls`",
  })
  .refine(({ tls, certificate }) => tls.length === 0 || certificate !== undefined, {
    path: ["certificate"],
    message: "is needed for `tls`",
  });

export type FlowExportOptions = z.infer<typeof flowExportOptions>;
