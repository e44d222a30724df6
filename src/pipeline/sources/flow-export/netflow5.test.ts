import { expect, test } from "vitest";
import { netflow5 } from "./datagram.test-support.ts";
import { WatchedDecoder } from "./observed.test-support.ts";
import { type Flow, nowMs, usual } from "./usual-flow.test-support.ts";

test.each<readonly [string, Partial<Flow>, string]>([
  ["of a client's packets", { flags: 0x02 }, "50000 > 198.51.100.4:443 p6 1234B, opened by source"],
  ["of a client's only packet", { flags: 0x02, packets: 1 }, "50000 > 198.51.100.4:443 p6 1234B, opened by source"],
  [
    "of a server's only packet",
    { flags: 0x12, packets: 1 },
    "50000 > 198.51.100.4:443 p6 1234B, opened by destination",
  ],
  ["of both flags in many packets", { flags: 0x12 }, "50000 > 198.51.100.4:443 p6 1234B"],
  ["of what has no flags, whatever stands there", { protocol: 17, flags: 0x02 }, "50000 > 198.51.100.4:443 p17 1234B"],
  ["of a ping, whose type and code are the port", { protocol: 1, destinationPort: 0x0800 }, "p1 1234B, icmp 8"],
  ["without bytes", { bytes: 0 }, "50000 > 198.51.100.4:443 p6 0B"],
  ["without packets", { packets: 0 }, "50000 > 198.51.100.4:443 p6 1234B"],
  ["of nothing", { bytes: 0, packets: 0 }, "50000 > 198.51.100.4:443 p6 0B, no flow"],
])("a flow of NetFlow v5 %s", (_, change, line) => {
  const record5 = { ...usual, flags: 0, packets: 3, firstUptimeMs: 0, lastUptimeMs: 0, ...change };
  const { lines } = new WatchedDecoder(nowMs).take(netflow5({ atMs: nowMs }, [record5]));
  expect(lines).toEqual([`10.128.0.7${line.startsWith("p") ? ` > 198.51.100.4 ${line}` : `:${line}`}`]);
});
