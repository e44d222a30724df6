import { type End } from "../sources/packets/made-packets.test-support.ts";
import { type ClusterFacts, noClusterFacts } from "./cluster-facts.ts";
import { ipForTest } from "./harvest.test-support.ts";

/** The one pod of a cluster, and where it sends from. */
export const cart: End = { address: "10.128.0.7", port: 40_000 };

export const cartFacts: ClusterFacts = {
  ...noClusterFacts,
  pods: [
    {
      namespace: "shop",
      name: "cart-1",
      workload: { kind: "Deployment", name: "cart" },
      addresses: [ipForTest(cart.address)],
      labels: {},
      isHostNetwork: false,
    },
  ],
};
