import { expect, test } from "vitest";
import { noClusterFacts, type PodFacts } from "../../pipeline/flows/cluster-facts.ts";
import { FixedClusterView } from "./fixed-cluster-view.ts";

test("a dump is taken to hold always, without pods on the network of their node", async () => {
  const pod = (name: string, value: bigint, isHostNetwork: boolean): PodFacts => ({
    namespace: "shop",
    name,
    addresses: [{ family: 4, value }],
    isHostNetwork,
    workload: { kind: "Deployment", name },
    labels: {},
  });
  const pods = [pod("web", 1n, false), pod("host", 2n, true)];
  const view = new FixedClusterView("east", { ...noClusterFacts, pods });
  const ended = new AbortController();
  const running = view.run(ended.signal);
  await view.ready;
  const who = [1, 2].map((word) => view.timeline.at(4, Uint32Array.of(word), Date.now())?.workload.name);
  expect([who, view.facts().pods, view.status().state]).toEqual([["web", undefined], pods, "running"]);
  ended.abort();
  await expect(running).resolves.toBeUndefined();
});
