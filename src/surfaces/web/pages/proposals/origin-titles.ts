import type { ProposalSummary } from "../../../../app/wire/proposals.ts";

export const originTitles: Readonly<Record<ProposalSummary["origin"], string>> = {
  suggested: "Learned from traffic",
  edited: "Written by a person",
  fix: "Fix of a finding",
  revert: "Takes a change back",
  onboarding: "New namespace",
  request: "Asked for",
};
