import type { PolicyView } from "../wire/namespaces.ts";
import { coverageOf } from "./coverage-of.ts";
import { openGroups, widest } from "./exposure-of-set.ts";
import type { JudgePorts } from "./judge-ports.ts";
import type { NamespaceReview } from "./judge.ts";
import type { LiveReading } from "./live-policies.ts";
import type { NamespaceEvidence } from "./namespace-evidence.ts";
import { noReasons, ruleEvidence } from "./rule-evidence.ts";
import { ruleFindings } from "./rule-findings.ts";
import { suggestDraft } from "./suggest-draft.ts";
import { exposureView, findingView } from "./wire-views.ts";

const mostFindingsOfObject = 500;

/** What is in force in a namespace, looked at against what was recorded. */
export async function reviewNamespace(
  evidence: NamespaceEvidence,
  live: LiveReading,
  ports: JudgePorts,
  isLook: boolean,
): Promise<NamespaceReview> {
  const { where } = evidence;
  const today = evidence.judgedBy(live.key, live, () => live.policies);
  const groups = openGroups(today.world, evidence);
  const { stored, ofObject } = ruleFindings(live, today, evidence, isLook ? undefined : ports);
  const policies = live.objects.flatMap(({ live: own, path, policies: read }): PolicyView[] => {
    const [policy] = read;
    if (policy === undefined) return [];
    return [
      {
        kind: policy.kind,
        name: own.name,
        manifest: own.manifest,
        rules: [...ruleEvidence(policy, today, evidence, noReasons)],
        findings: (ofObject.get(path) ?? []).slice(0, mostFindingsOfObject).map(findingView),
        status: own.status,
      },
    ];
  });
  const ask = { ...where, kind: "EgressFirewall", posture: "balanced", baseManifest: undefined } as const;
  const drafted = isLook || evidence.edges.length === 0 ? undefined : await suggestDraft(ask, evidence, live, ports);
  return {
    policies,
    findings: stored,
    coverage: coverageOf(live, groups, evidence),
    exposure: exposureView(widest(groups)),
    readinessDay: drafted?.ok === true ? drafted.value.dossier.readiness?.day : undefined,
    evidenceDigest: evidence.digest,
  };
}
