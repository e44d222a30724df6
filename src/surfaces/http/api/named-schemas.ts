import { z } from "zod";
import { auditRow, checkpointView, inclusionProof } from "../../../app/wire/audit.ts";
import { dossier, edgeView, ruleEvidence } from "../../../app/wire/dossier.ts";
import { exposureView, findingView, person, problem } from "../../../app/wire/list.ts";
import { flowMap, namespaceDetail, namespaceSummary, phaseView, policyView } from "../../../app/wire/namespaces.ts";
import { overview } from "../../../app/wire/overview.ts";
import {
  decisionView,
  lawVerdict,
  previewAnswer,
  proposalDetail,
  proposalSummary,
} from "../../../app/wire/proposals.ts";
import { ruleFinding } from "../../../app/wire/rules.ts";
import { sessionView, signInWays } from "../../../app/wire/session.ts";
import { automationSettings, lawDocument, settingsView } from "../../../app/wire/settings.ts";
import { sourceRow } from "../../../app/wire/sources.ts";
import { timeline, trafficRow } from "../../../app/wire/traffic.ts";

/** Shapes that the OpenAPI document names once instead of repeating them. */
export function namedSchemas(): z.core.$ZodRegistry<{ id: string; description?: string; examples?: unknown[] }> {
  const registry = z.registry<{ id: string; description?: string; examples?: unknown[] }>();
  const named = {
    AuditRecord: auditRow,
    AutomationSettings: automationSettings,
    Checkpoint: checkpointView,
    Decision: decisionView,
    Dossier: dossier,
    Edge: edgeView,
    Exposure: exposureView,
    Finding: findingView,
    FlowMap: flowMap,
    InclusionProof: inclusionProof,
    Law: lawDocument,
    LawVerdict: lawVerdict,
    Namespace: namespaceDetail,
    NamespaceSummary: namespaceSummary,
    Overview: overview,
    Person: person,
    Phase: phaseView,
    Policy: policyView,
    Preview: previewAnswer,
    Proposal: proposalDetail,
    ProposalSummary: proposalSummary,
    RuleEvidence: ruleEvidence,
    RuleFinding: ruleFinding,
    Session: sessionView,
    Settings: settingsView,
    SignInWays: signInWays,
    Source: sourceRow,
    Timeline: timeline,
    Traffic: trafficRow,
  };
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  registry.add(problem, {
    id: "Problem",
    description: "Why something could not be done (RFC 9457).",
    examples: [
      {
        type: "urn:postern:error:api_if_match_missing",
        title: "say which version this is about",
        status: 428,
        code: "api_if_match_missing",
        detail: 'send the version that was read as `If-Match: "<version>"`; it is the `ETag` of the answer',
        requestId: "5f1c1a5e-0f0e-4f0c-9a53-0d6a2a1f3b7e",
      },
    ],
  });
  return registry;
}
