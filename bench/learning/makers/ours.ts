import { manifestPort } from "../../../src/adapters/manifests/manifest-port.ts";
import { type Suggestion, suggestPolicies, type SuggestRequest } from "../../../src/app/suggest-policies.ts";
import type { Knowledge } from "../../../src/pipeline/baseline/knowledge/knowledge.ts";
import type { Posture } from "../../../src/pipeline/suggest/choose/choice.ts";
import type { Readiness } from "../../../src/pipeline/suggest/readiness/readiness.ts";
import type { MadePolicy, PolicyMaker } from "./maker.ts";

/** The product as people run it: the policy is the printed EgressFirewall, read again. */
export function ours(posture: Posture): PolicyMaker {
  return {
    name: `ours, ${posture}`,
    make({ harvest, facts, knowledge }) {
      const request: SuggestRequest & { readonly posture: Posture; readonly knowledge: Knowledge } = {
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
  const { policy, draft, readiness } = suggestion;
  return { list: policy, rules: draft.rules.length, readiness };
}
