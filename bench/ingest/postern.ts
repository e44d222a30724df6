/** Postern's own reader. The benchmark bundles it first, as it is published: nobody installs TypeScript. */
import { readFlows } from "../../src/adapters/flow-files/read-flows.ts";
import { noClusterFacts } from "../../src/pipeline/flows/cluster-facts.ts";

const result = await readFlows(
  process.argv.slice(2),
  { format: undefined, facts: noClusterFacts, clusterNetworks: [], serviceNetworks: [] },
  { stdin: process.stdin },
);
if (!result.ok) throw new Error(result.error.map(({ message }) => message).join("; "));
const { edges } = result.value;
console.log(JSON.stringify({ edges: edges.length, flows: edges.reduce((sum, { flows }) => sum + flows, 0) }));
