import fc from "fast-check";
import { eventTypes } from "./moves.ts";
import type { LawForApproval, ProposalEvent, ProposalEventType, RevisedText } from "./proposal-event.ts";
import type { Delivery, Proposal, ProposalPerson } from "./proposal.ts";

const server: ProposalPerson = { subject: "postern", name: "Postern" };

export const delivered: Delivery = {
  repository: "egress",
  branch: "postern/p-0123456789abcdef",
  path: "shop/egress-firewall.yaml",
  commit: "a".repeat(40),
  pullRequest: { id: "17", url: "https://git.example.com/egress/17", state: "open" },
  mergeCommit: undefined,
  isTakenOver: false,
  trouble: undefined,
};

/** A law that one other person satisfies. */
export const lawful: LawForApproval = {
  forbids: [],
  approvalsNeeded: 1,
  requirements: [],
  countsFor: [],
  isApprover: true,
  mayEditorsApprove: false,
  mayAutomate: true,
};

export function proposalForTest(change: Partial<Proposal> = {}): Proposal {
  return {
    id: "p-0123456789abcdef",
    number: 1,
    cluster: "east",
    namespace: "shop",
    kind: "EgressFirewall",
    policyName: "default",
    state: "draft",
    origin: "suggested",
    title: "Let shop reach what it uses, and nothing else",
    version: 1,
    revision: 1,
    baseManifest: undefined,
    baseDigest: undefined,
    manifest: "kind: EgressFirewall\n",
    dossierDigest: "d0",
    risk: "low",
    readinessDay: 0.99,
    newlyDenied: 0,
    newlyAllowed: 0,
    lawBreaches: 0,
    justification: "",
    ticket: "",
    labels: [],
    reviewers: [],
    approvalsNeeded: 1,
    expiresAtMs: undefined,
    author: server,
    editors: [server],
    decisions: [],
    delivery: undefined,
    supersedes: undefined,
    supersededBy: undefined,
    reverts: undefined,
    createdAtMs: 1_000,
    updatedAtMs: 1_000,
    ...change,
  };
}

const text: RevisedText = {
  manifest: "kind: EgressFirewall # changed\n",
  baseManifest: undefined,
  baseDigest: undefined,
  dossierDigest: "d1",
  risk: "low",
  readinessDay: 0.98,
  newlyDenied: 0,
  newlyAllowed: 0,
  lawBreaches: 0,
  approvalsNeeded: 1,
  expiresAtMs: undefined,
};

/** An event of the kind, about the first text, that nothing speaks against. */
export function eventOf(type: ProposalEventType, by: ProposalPerson, revision = 1, law = lawful): ProposalEvent {
  const told = { by, comment: "" };
  switch (type) {
    case "edit":
      return { type, ...told, text };
    case "describe":
      return { type, ...told, details: { title: "Another title" } };
    case "approve":
      return { type, ...told, revision, law };
    case "submit":
    case "request-changes":
    case "reject":
    case "withdraw":
    case "comment":
    case "open-pull-request":
      return { type, ...told, revision };
    case "pull-request-opened":
    case "pull-request-closed":
    case "taken-over":
    case "conflict":
    case "merge":
      return { type, ...told, delivery: delivered };
    case "sync":
    case "enforce":
    case "verify":
      return { type, ...told };
    case "supersede":
      return { type, ...told, supersededBy: "p-fedcba9876543210" };
    case "roll-back":
      return { type, ...told, revert: "p-fedcba9876543210" };
    default:
      return type satisfies never;
  }
}

const people = ["ada", "ben", "cleo"].map((name) => ({ subject: `local:${name}`, name }));

export const arbitraryEvent: fc.Arbitrary<ProposalEvent> = fc
  .record({
    type: fc.constantFrom(...eventTypes),
    by: fc.constantFrom(...people),
    revision: fc.integer({ min: 1, max: 3 }),
    approvalsNeeded: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ type, by, revision, approvalsNeeded }) => eventOf(type, by, revision, { ...lawful, approvalsNeeded }));
