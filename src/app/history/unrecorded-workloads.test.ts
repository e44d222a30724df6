import { expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import type { StoredCoarse } from "./edge-store.ts";
import { unrecordedWorkloads } from "./unrecorded-workloads.ts";

function metric(text: string, own: Partial<StoredCoarse> = {}): StoredCoarse {
  const [namespace = "", kind = "", name = ""] = text.split("/");
  return {
    cluster: "east",
    namespace,
    workload: { kind, name },
    source: "prometheus",
    destination: "",
    protocol: undefined,
    port: undefined,
    verdict: "seen",
    hour: 0,
    lastHour: 0,
    flows: 1,
    bytes: undefined,
    ...own,
  };
}

const edges = [edgeForTest("shop/Deployment/cart tcp 192.0.2.1:443")];

test.each<[string, StoredCoarse[], string[]]>([
  ["a workload that has an edge", [metric("shop/Deployment/cart")], []],
  ["the same, told without its kind", [metric("shop//cart")], []],
  ["a workload without an edge", [metric("shop/Deployment/web")], ["shop/web"]],
  ["its namesake in another namespace", [metric("pay/Deployment/cart")], ["pay/cart"]],
  ["several rows of one, and their order", [metric("z/Job/b"), metric("a/Job/c"), metric("z/Job/b")], ["a/c", "z/b"]],
  ["one that only was denied", [metric("shop/Deployment/web", { verdict: "denied" })], []],
  ["one of which nothing was counted", [metric("shop/Deployment/web", { flows: 0 })], []],
  ["one of which only bytes are counted", [metric("shop/Job/web", { flows: undefined, bytes: 9 })], ["shop/web"]],
])("%s", (_, coarse, told) => {
  const found = unrecordedWorkloads(coarse, edges).map(({ namespace, workload }) => `${namespace}/${workload.name}`);
  expect(found).toEqual(told);
});
