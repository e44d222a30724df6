import type { SuggestRequest } from "../src/app/suggest-policies.ts";
import { type ClusterFacts, noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import type { Edge } from "../src/pipeline/flows/edge.ts";
import type { Harvest } from "../src/pipeline/flows/harvest.ts";
import { edgeForTest, ipForTest } from "./arbitraries/edge.ts";

/** A harvest of these edges and nothing else. */
function harvestOf(edges: readonly Edge[]): Harvest {
  return {
    edges,
    nameEvidence: [],
    leftOut: [],
    malformed: { count: 0, samples: [] },
    inputs: [],
    window: { firstMs: 0, lastMs: 7 * 24 * 3_600_000 },
    samplingMax: 1,
    gaps: { lostEvents: 0, nodeOutages: 0 },
    clusterNetworks: { pods: [], services: [], origin: "unknown" },
    overflow: { edges: 0, activity: 0, names: 0 },
    isComplete: true,
    warnings: [],
  };
}

/** What `suggest` is asked, of edges as {@link edgeForTest} reads them. */
export function request(
  edges: readonly string[] | readonly Edge[],
  fields: Partial<SuggestRequest> = {},
): SuggestRequest {
  const read = edges.map((edge) => (typeof edge === "string" ? edgeForTest(edge) : edge));
  return {
    harvest: harvestOf(read),
    facts: noClusterFacts,
    kind: "EgressFirewall",
    namespaces: [],
    existing: [],
    never: [],
    ...fields,
  };
}

/** A control plane node with the API server on it, and a worker. */
export const controlPlane: ClusterFacts = {
  ...noClusterFacts,
  nodes: [
    { name: "control-0", addresses: [ipForTest("10.0.0.11")], labels: { "node-role.kubernetes.io/control-plane": "" } },
    { name: "worker-0", addresses: [ipForTest("10.0.0.21")], labels: {} },
  ],
  apiServer: [{ address: ipForTest("10.0.0.11"), port: 6443 }],
};
