import { z } from "zod";
import { auditRow, checkpointView, inclusionProof } from "../../../app/wire/audit.ts";
import { dossier, edgeView, ruleEvidence } from "../../../app/wire/dossier.ts";
import { exposureView, findingView, person, problem } from "../../../app/wire/list.ts";
import {
  flowMap,
  namespaceDetail,
  namespaceSummary,
  phaseChange,
  phaseView,
  policyView,
} from "../../../app/wire/namespaces.ts";
import { overview } from "../../../app/wire/overview.ts";
import {
  decisionView,
  lawVerdict,
  previewAnswer,
  proposalAction,
  proposalDetail,
  proposalEdit,
  proposalRequest,
  proposalSummary,
} from "../../../app/wire/proposals.ts";
import { ruleFinding } from "../../../app/wire/rules.ts";
import { sessionView, signInRequest, signInWays } from "../../../app/wire/session.ts";
import { automationSettings, lawChange, lawDocument, settingsView } from "../../../app/wire/settings.ts";
import { sourceRow } from "../../../app/wire/sources.ts";
import { timeline, trafficRow } from "../../../app/wire/traffic.ts";
import { newUser, userView } from "../../../app/wire/users.ts";

interface Named {
  readonly id: string;
  readonly description?: string;
  readonly examples?: unknown[];
  readonly [more: string]: unknown;
}

/** Shapes that the OpenAPI document names once instead of repeating them, with examples of what is sent. */
export function namedSchemas(): z.core.$ZodRegistry<Named> {
  const registry = z.registry<Named>();
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
    User: userView,
  };
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  registry.add(proposalRequest, {
    id: "ProposalRequest",
    examples: [{ from: "traffic", cluster: "east", namespace: "shop", kind: "EgressFirewall", posture: "balanced" }],
  });
  registry.add(proposalAction, {
    id: "ProposalAction",
    examples: [{ action: "request-changes", comment: "10.0.0.0/8 is wider than it needs to be", revision: 2 }],
  });
  registry.add(proposalEdit, { id: "ProposalEdit", examples: [{ ticket: "NET-4711", reviewers: ["oidc:*#ada"] }] });
  registry.add(phaseChange, {
    id: "PhaseChange",
    examples: [{ phase: "automate", threshold: 0.99, reviewByMs: 1_798_761_600_000 }],
  });
  registry.add(signInRequest, {
    id: "SignInRequest",
    examples: [{ way: "local", name: "ada", password: "correct horse battery staple" }],
  });
  registry.add(newUser, {
    id: "NewUser",
    examples: [{ name: "ada", title: "Ada Lovelace", grants: [{ verb: "approve", where: "east/shop-*" }] }],
  });
  registry.add(lawChange, {
    id: "LawChange",
    examples: [{ text: "name: company\n", version: 3 }],
  });
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
