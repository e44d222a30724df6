import { z } from "zod";
import { cidrBlock, listenPlace } from "../../app/live/listen-place.ts";

export const flowExportOptions = z.strictObject({
  listen: z
    .array(listenPlace)
    .min(1)
    .max(16)
    .prefault([2055, 4739, 6343])
    .describe(
      "UDP ports, or addresses with port such as `192.0.2.1:4739` or `[2001:db8::1]:4739`; every protocol is told by " +
        "its content, so one port is enough",
    ),
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
    .describe("a template of NetFlow v9 or IPFIX that was not sent again for so long is forgotten"),
});

export type FlowExportOptions = z.infer<typeof flowExportOptions>;
