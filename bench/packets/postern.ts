/** Postern's own reader of captures, with how much memory it took. The benchmark bundles it first, as it is published. */
import { nodeInitialCrypto } from "../../src/adapters/capture/node-initial-crypto.ts";
import { readFlows } from "../../src/adapters/flow-files/read-flows.ts";
import { noClusterFacts } from "../../src/pipeline/flows/cluster-facts.ts";

const result = await readFlows(
  process.argv.slice(2),
  { format: undefined, facts: noClusterFacts, clusterNetworks: [], serviceNetworks: [] },
  { stdin: process.stdin, initialCrypto: nodeInitialCrypto },
);
if (!result.ok) throw new Error(result.error.map(({ message }) => message).join("; "));
const { inputs, malformed } = result.value;
const told = inputs.reduce((sum, { flows }) => sum + flows, 0);
console.log(
  JSON.stringify({ told, malformed: malformed.count, peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) }),
);
