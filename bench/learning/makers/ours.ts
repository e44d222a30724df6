import { manifestPort } from "../../../src/adapters/manifests/manifest-port.ts";
import { type Suggestion, suggestPolicies, type SuggestRequest } from "../../../src/app/suggest-policies.ts";
import type { IpAddress } from "../../../src/core/net/ip.ts";
import type { Edge } from "../../../src/pipeline/flows/edge.ts";
import type { Posture } from "../../../src/pipeline/suggest/choose/choice.ts";
import type { Readiness } from "../../../src/pipeline/suggest/readiness/readiness.ts";
import type { MadePolicy, PolicyMaker } from "./maker.ts";

/** The product as people run it: the policy is the printed EgressFirewall, read again. */
export function ours(posture: Posture): PolicyMaker {
  return {
    name: `ours, ${posture}`,
    make({ harvest, facts, knowledge }) {
      const request: SuggestRequest = {
        harvest,
        facts,
        knowledge,
        posture,
        kind: "EgressFirewall",
        namespaces: [],
        existing: [],
        never: [],
      };
      const { suggestions, refused } = suggestPolicies(request, manifestPort);
      for (const { namespace, failures } of refused) {
        process.stderr.write(`${namespace} refused under ${posture}: ${failures.join("; ")}\n`);
      }
      return new Map(suggestions.map((suggestion) => [suggestion.namespace, madeOf(suggestion)]));
    },
  };
}

function madeOf(suggestion: Suggestion & { readonly readiness?: Readiness }): MadePolicy {
  const { policy, draft, readiness, choices, notLearned } = suggestion;
  return {
    list: policy,
    rules: draft.rules.length,
    readiness,
    chosenFor(host, address) {
      const isMeant = (edge: Edge): boolean =>
        (host !== undefined && edge.names.includes(host)) || isAround(edge, address);
      // Where its answers were lost, a host is known by its addresses.
      const choice =
        choices.find(({ use }) => host !== undefined && use.names.includes(host)) ??
        choices.find(({ use }) => use.edges.some(isMeant));
      if (choice !== undefined) return choice.form;
      const leftOut = notLearned.find(({ edge }) => isMeant(edge));
      if (leftOut === undefined) return undefined;
      return { kind: "left out", title: leftOut.because, blockedShare: 1, breaksWithinWeek: 1 };
    },
  };
}

/** In the same /24 or /64: the address itself may be one that was never seen. */
function isAround(edge: Edge, { family, value }: IpAddress): boolean {
  const bits = family === 4 ? 8n : 64n;
  return edge.address.family === family && edge.address.value >> bits === value >> bits;
}
