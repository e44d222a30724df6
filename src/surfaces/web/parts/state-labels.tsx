import { Label, type LabelProps } from "@patternfly/react-core";
import { BanIcon } from "@patternfly/react-icons/dist/esm/icons/ban-icon";
import { CheckCircleIcon } from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import { CodeBranchIcon } from "@patternfly/react-icons/dist/esm/icons/code-branch-icon";
import { EyeIcon } from "@patternfly/react-icons/dist/esm/icons/eye-icon";
import { HistoryIcon } from "@patternfly/react-icons/dist/esm/icons/history-icon";
import { LockOpenIcon } from "@patternfly/react-icons/dist/esm/icons/lock-open-icon";
import { OutlinedClockIcon } from "@patternfly/react-icons/dist/esm/icons/outlined-clock-icon";
import { OutlinedQuestionCircleIcon } from "@patternfly/react-icons/dist/esm/icons/outlined-question-circle-icon";
import { PencilAltIcon } from "@patternfly/react-icons/dist/esm/icons/pencil-alt-icon";
import { RobotIcon } from "@patternfly/react-icons/dist/esm/icons/robot-icon";
import { ShieldAltIcon } from "@patternfly/react-icons/dist/esm/icons/shield-alt-icon";
import { UserCheckIcon } from "@patternfly/react-icons/dist/esm/icons/user-check-icon";
import type { JSX } from "react";
import type { FindingView } from "../../../app/wire/list.ts";
import type { NamespaceSummary } from "../../../app/wire/namespaces.ts";
import type { ProposalSummary } from "../../../app/wire/proposals.ts";

/** One word, icon and colour for each state, the same on every page; the word alone would do. */
interface Look {
  readonly word: string;
  readonly color: NonNullable<LabelProps["color"]>;
  readonly icon?: JSX.Element;
  readonly status?: NonNullable<LabelProps["status"]>;
}

function StateLabel({ look }: { readonly look: Look }): JSX.Element {
  const { word, color, icon, status } = look;
  return (
    <Label isCompact variant="outline" {...(status === undefined ? { color } : { status })} icon={icon}>
      {word}
    </Label>
  );
}

const proposalLooks: Readonly<Record<ProposalSummary["state"], Look>> = {
  draft: { word: "Draft", color: "grey", icon: <PencilAltIcon /> },
  "pending-review": { word: "In review", color: "blue", icon: <OutlinedClockIcon /> },
  "changes-requested": { word: "Changes requested", color: "orange", icon: <PencilAltIcon /> },
  approved: { word: "Approved", color: "green", icon: <UserCheckIcon /> },
  rejected: { word: "Rejected", color: "red", icon: <BanIcon /> },
  "pull-request-open": { word: "Pull request open", color: "purple", icon: <CodeBranchIcon /> },
  merged: { word: "Merged", color: "purple", icon: <CodeBranchIcon /> },
  synced: { word: "Synced", color: "teal", icon: <CheckCircleIcon /> },
  enforced: { word: "Enforced", color: "green", icon: <ShieldAltIcon /> },
  verified: { word: "Verified in traffic", color: "green", icon: <CheckCircleIcon /> },
  superseded: { word: "Superseded", color: "grey", icon: <HistoryIcon /> },
  "rolled-back": { word: "Rolled back", color: "orange", icon: <HistoryIcon /> },
};

export function proposalStateWord(state: ProposalSummary["state"]): string {
  return proposalLooks[state].word;
}

export function ProposalState({ state }: { readonly state: ProposalSummary["state"] }): JSX.Element {
  return <StateLabel look={proposalLooks[state]} />;
}

const riskLooks: Readonly<Record<ProposalSummary["risk"], Look>> = {
  low: { word: "Low risk", color: "green", status: "success" },
  medium: { word: "Medium risk", color: "orange", status: "warning" },
  high: { word: "High risk", color: "red", status: "danger" },
};

export function Risk({ level }: { readonly level: ProposalSummary["risk"] }): JSX.Element {
  return <StateLabel look={riskLooks[level]} />;
}

const coverageLooks: Readonly<Record<NamespaceSummary["coverage"], Look>> = {
  enforced: { word: "Enforced", color: "green", icon: <ShieldAltIcon /> },
  partial: { word: "Partly open", color: "orange", status: "warning" },
  none: { word: "Open", color: "red", icon: <LockOpenIcon /> },
  unknown: { word: "Not known", color: "grey", icon: <OutlinedQuestionCircleIcon /> },
};

export function Coverage({ coverage }: { readonly coverage: NamespaceSummary["coverage"] }): JSX.Element {
  return <StateLabel look={coverageLooks[coverage]} />;
}

const phaseLooks: Readonly<Record<NamespaceSummary["phase"], Look>> = {
  observe: { word: "Observe", color: "grey", icon: <EyeIcon /> },
  review: { word: "Review", color: "blue", icon: <UserCheckIcon /> },
  automate: { word: "Automate", color: "purple", icon: <RobotIcon /> },
};

export function Phase({ phase }: { readonly phase: NamespaceSummary["phase"] }): JSX.Element {
  return <StateLabel look={phaseLooks[phase]} />;
}

const severityLooks: Readonly<Record<FindingView["severity"], Look>> = {
  error: { word: "Error", color: "red", status: "danger" },
  warning: { word: "Warning", color: "orange", status: "warning" },
  info: { word: "Note", color: "blue", status: "info" },
};

export function Severity({ severity }: { readonly severity: FindingView["severity"] }): JSX.Element {
  return <StateLabel look={severityLooks[severity]} />;
}

const verdictLooks: Readonly<Record<string, Look>> = {
  allowed: { word: "Allowed", color: "green", status: "success" },
  allow: { word: "Allowed", color: "green", status: "success" },
  denied: { word: "Denied", color: "red", icon: <BanIcon /> },
  deny: { word: "Denied", color: "red", icon: <BanIcon /> },
  mixed: { word: "Allowed and denied", color: "orange", status: "warning" },
  unanswered: { word: "No answer", color: "orange", icon: <OutlinedQuestionCircleIcon /> },
  seen: { word: "Seen", color: "grey", icon: <EyeIcon /> },
  unknown: { word: "Not known", color: "grey", icon: <OutlinedQuestionCircleIcon /> },
};

/** Of an edge (`seen` `allowed` `denied` `unanswered`) or of a policy (`allow` `deny` `mixed` `unknown`). */
export function Verdict({ verdict }: { readonly verdict: string }): JSX.Element {
  return <StateLabel look={verdictLooks[verdict] ?? { word: verdict, color: "grey" }} />;
}
