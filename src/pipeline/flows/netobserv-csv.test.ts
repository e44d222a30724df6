import { expect, test } from "vitest";
import { fateForTest, harvestForTest } from "./harvest.test-support.ts";

/** As NetObserv's console exports flows. */
const header =
  "Timestamp,FlowDirection,SrcK8S_Namespace,SrcK8S_OwnerName,SrcK8S_OwnerType,SrcK8S_Type,SrcAddr,SrcPort,DstAddr,DstPort,Proto,Flags,Bytes,Sampling,TimeFlowStartMs,TimeFlowEndMs,NetworkEvents";
const row = (flags: string, events = "<nil>", direction = "1"): string =>
  `2023-11-14 22:13:21.5 +0000 UTC,${direction},shop,cart,Deployment,Pod,10.128.2.7,40000,198.51.100.7,443,6,${flags},100,50,1.7e+12,1.7000000015e+12,${events}`;

const edge = "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1 5000 B";
test.each([
  ["of an opener", row("[SYN ACK]"), edge],
  ["of an answer", row("[SYN_ACK ACK]"), "left out: reply"],
  ["with commas in the list", row('"[SYN,ACK]"'), edge],
  ["without flags", row("[]"), edge],
  ["of old agents, with a number", row("18"), edge],
  ["seen at the destination's node", row("[SYN]", "<nil>", "0"), "left out: ingress"],
  [
    "with events",
    row("[SYN]", "[map[Action:drop Direction:Egress Feature:acl Name: Namespace:shop Type:EgressFirewall]]"),
    edge.replace("seen", "denied"),
  ],
  [
    "with a message",
    row("[SYN]", "[map[Message:Dropped by egress firewall in namespace shop]]"),
    edge.replace("seen", "denied"),
  ],
  ["with cells in quotes, also quotes", row('"[SYN ACK]"').replace(",shop,cart,", ',"shop","cart",'), edge],
  [
    "with a comma and quotes within quotes",
    row("[SYN]", '"[map[Message:Dropped by ""egress"" firewall, in namespace shop]]"'),
    edge.replace("seen", "denied"),
  ],
  ["with blanks around its cells", row(" [SYN ACK] ").replace(",shop,", ", shop ,"), edge],
  ["with empty cells", row("").replace(",Deployment,", ",,"), edge.replace("Deployment", "Workload")],
  ["that repeats the header", header, ""],
  ["with a cell too few", row("[SYN]").slice(0, row("[SYN]").lastIndexOf(",")), "malformed"],
  ["with a cell too many", `${row("[SYN]")},`, "malformed"],
  ["with a quote that is not closed", row('"[SYN'), "malformed"],
  ["with something behind a quote", row('"[SYN]"x'), "malformed"],
  ["with an address that is none", row("[SYN]").replace("198.51.100.7", "nobody"), "malformed"],
  ["that Windows ends", `${row("[SYN ACK]")}\r`, edge],
])("a row %s", (_, line, fate) => {
  expect(fateForTest([header, line])).toBe(fate);
});

test("times are what they were, though large numbers have exponents", () => {
  const [found] = harvestForTest([header, row("[SYN]")]).edges;
  expect([found?.firstSeenMs, found?.lastSeenMs]).toEqual([1_700_000_000_000, 1_700_000_001_500]);
});
