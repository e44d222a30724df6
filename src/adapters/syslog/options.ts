import { z } from "zod";
import { cidrBlock, listenPlace } from "../../app/live/listen-place.ts";

const places = z.array(listenPlace).max(16);

export const syslogOptions = z
  .strictObject({
    udp: places.default([]).describe("UDP ports, or addresses with port, to listen at"),
    tcp: places.default([]).describe("TCP ports, or addresses with port; frames may be counted or end in line feeds"),
    tls: places.default([]).describe("TCP ports, or addresses with port, for syslog over TLS; needs `certificate`"),
    certificate: z
      .strictObject({
        certFile: z.string().describe("PEM file with this server's certificate chain"),
        keyFile: z.string().describe("PEM file with its private key"),
        clientCaFile: z
          .string()
          .optional()
          .describe("PEM file with the authorities of senders' certificates; senders then must show one"),
      })
      .optional()
      .describe("what is shown to senders over TLS"),
    senders: z
      .array(cidrBlock)
      .min(1)
      .max(1024)
      .describe("CIDR blocks of the machines that may send, such as the nodes' networks"),
    maxConnections: z
      .int()
      .min(1)
      .max(4096)
      .default(256)
      .describe("at the same time, half of them for one sender; more are refused"),
    idleSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(3600)
      .describe("a connection that says nothing for so long is closed"),
  })
  .refine(({ udp, tcp, tls }) => udp.length + tcp.length + tls.length > 0, {
    message: "name a place to listen at: `udp`, `tcp` or `tls`",
  })
  .refine(({ tls, certificate }) => tls.length === 0 || certificate !== undefined, {
    path: ["certificate"],
    message: "is needed for `tls`",
  });

export type SyslogOptions = z.infer<typeof syslogOptions>;
