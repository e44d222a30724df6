import { namespaceBaselines } from "../pipeline/baseline/namespace-baseline.ts";
import { baselineRefusal } from "./baseline-singleton.ts";
import { suggestContext } from "./suggest-context.ts";
import { suggestNamespace } from "./suggest-namespace.ts";
import type {
  ManifestPort,
  RefusedSuggestion,
  SuggestProgress,
  SuggestRequest,
  SuggestResult,
  Suggestion,
} from "./suggestion.ts";

export type {
  ManifestPort,
  RefusedSuggestion,
  SuggestProgress,
  SuggestRequest,
  SuggestResult,
  Suggestion,
} from "./suggestion.ts";

/** Learns, drafts, prints, reads back and proves one policy per namespace. */
export function suggestPolicies(
  request: SuggestRequest,
  manifests: ManifestPort,
  progress: SuggestProgress = () => {},
): SuggestResult {
  const context = suggestContext(request);
  const { edges, nameEvidence, window, samplingMax } = request.harvest;
  const evidence = { knowledge: context.knowledge, nameEvidence, window, samplingMax };
  const baselines = namespaceBaselines(edges, context.guardrails, evidence);
  const wanted = new Set(request.namespaces);
  const chosen = baselines.filter(({ namespace }) => wanted.size === 0 || wanted.has(namespace));
  const suggestions: Suggestion[] = [];
  const refused: RefusedSuggestion[] = [];
  const names = chosen.map(({ namespace }) => namespace);
  const refusal = baselineRefusal(request.kind, names, request.existing);
  for (const [done, baseline] of chosen.entries()) {
    progress(done, chosen.length, baseline.namespace);
    const { namespace } = baseline;
    const outcome =
      refusal === undefined
        ? suggestNamespace(baseline, request, context, manifests)
        : { namespace, failures: [refusal], verification: undefined };
    if ("failures" in outcome) refused.push(outcome);
    else suggestions.push(outcome);
  }
  const seen = new Set(baselines.map(({ namespace }) => namespace));
  return { suggestions, refused, withoutTraffic: request.namespaces.filter((namespace) => !seen.has(namespace)) };
}
