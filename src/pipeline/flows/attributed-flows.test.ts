import { expect, test } from "vitest";
import { AclLogDecoder } from "../sources/ovn-acl/decode.ts";
import { recordForTest } from "../sources/record-bytes.test-support.ts";
import { AddressClassifier } from "./address-classes.ts";
import { attribute } from "./attribute.ts";
import { noClusterFacts } from "./cluster-facts.ts";
import { FlowCollector } from "./collector.ts";
import { defaultFlowLimits } from "./flow-limits.ts";
import { gatherHarvest, inferIndex } from "./gather.ts";
import { formatEdgeForTest, ipForTest, usualNetworks } from "./harvest.test-support.ts";
import { PodBlocks } from "./pod-blocks.ts";
import { PodTimeline } from "./pod-timeline.ts";

const at = (time: string): number => Date.parse(`2026-09-01T${time}Z`);
/** Of an admin policy: nothing in the line tells whose packet it was but its address. Each is a connection of its own. */
const line = (time: string, source: string, name = "ANP:all:Egress:1"): string =>
  `2026-09-01T${time}.000Z|00004|acl_log(ovn_pinctrl0)|INFO|name="${name}", verdict=drop, severity=alert, direction=from-lport: ` +
  `tcp,vlan_tci=0x0000,dl_src=0a:58:0a:81:02:01,dl_dst=0a:58:0a:81:02:23,nw_src=${source},nw_dst=198.51.100.7,` +
  `nw_tos=0,nw_ecn=0,nw_ttl=62,nw_frag=no,tp_src=${40_000 + (Date.parse(`2026-09-01T${time}Z`) % 9_973)},tp_dst=443,tcp_flags=syn`;

test("audit lines of one address belong to the workloads that had it, in whatever order they arrive", () => {
  const timeline = new PodTimeline({ cluster: "east" });
  const has = (uid: string, name: string, from: string, to: string): void => {
    const workload = { kind: "Deployment", name };
    const pod = { uid, namespace: "shop", name: uid, workload, addresses: [ipForTest("10.128.0.7")] };
    timeline.saw({ ...pod, fromMs: at(from), toMs: undefined }, at(from));
    timeline.gone(uid, at(to));
  };
  has("a", "cart", "08:00:00", "08:10:00");
  has("b", "pay", "08:10:03", "08:20:00");
  timeline.setNodes([ipForTest("10.128.0.2")]);
  const collector = new FlowCollector(
    new AddressClassifier(usualNetworks.pods, usualNetworks.services),
    defaultFlowLimits,
    false,
  );
  const decoder = new AclLogDecoder((o) => {
    attribute(o, timeline, at("08:21:00"));
    collector.take(o);
  });
  for (const said of [
    line("08:15:00", "10.128.0.7"),
    line("08:05:00", "10.128.0.7"),
    // The line names its namespace, and nobody of that namespace had the address.
    line("08:06:00", "10.128.0.7", "NP:bank:web:Egress:0"),
    line("08:05:00", "10.128.0.99"),
  ]) {
    const { bytes, view } = recordForTest(said);
    expect(decoder.decode(bytes, view, 0)).toBeGreaterThan(0);
  }
  decoder.finish();
  const known = { facts: noClusterFacts, given: usualNetworks };
  const { edges, leftOut } = gatherHarvest([collector.snapshot()], known, defaultFlowLimits, [], {
    count: 0,
    samples: [],
  });
  expect(edges.map(formatEdgeForTest)).toEqual([
    "bank Pod/10.128.0.7 → 198.51.100.7 tcp/443 denied ×1",
    "east: shop Deployment/cart → 198.51.100.7 tcp/443 denied ×1",
    "east: shop Deployment/pay → 198.51.100.7 tcp/443 denied ×1",
  ]);
  expect(leftOut.map(({ reason, flows }) => [reason, flows])).toEqual([["source-unknown", 1]]);
});

test("a line from before anybody was known to have its address is nobody's, not that of whoever has it now", () => {
  const workload = { kind: "Deployment", name: "pay" };
  const pod = { namespace: "shop", name: "b", workload, addresses: [ipForTest("10.128.0.7")] };
  const timeline = new PodTimeline({ cluster: "east" });
  timeline.saw({ ...pod, uid: "b", fromMs: at("08:10:03"), toMs: undefined }, at("08:21:00"));
  const known = {
    facts: { ...noClusterFacts, pods: [{ ...pod, isHostNetwork: false, labels: {} }] },
    given: usualNetworks,
    isAttributed: true,
  };
  const { index } = inferIndex(known, new PodBlocks().snapshot());
  const collector = new FlowCollector(index.classes, defaultFlowLimits, false);
  const decoder = new AclLogDecoder((o) => {
    attribute(o, timeline, at("08:21:00"));
    collector.take(o);
  });
  for (const said of [line("08:05:00", "10.128.0.7"), line("08:15:00", "10.128.0.7")]) {
    const { bytes, view } = recordForTest(said);
    decoder.decode(bytes, view, 0);
  }
  decoder.finish();
  const nothing = { count: 0, samples: [] };
  const harvest = gatherHarvest([collector.snapshot()], known, defaultFlowLimits, [], nothing, { index });
  expect(harvest.edges.map(formatEdgeForTest)).toEqual(["east: shop Deployment/pay → 198.51.100.7 tcp/443 denied ×1"]);
  expect(harvest.leftOut.map(({ reason, flows }) => [reason, flows])).toEqual([["source-unknown", 1]]);
});
