import type { DecisionView } from "../../../../app/wire/proposals.ts";
import type { DecisionAction } from "./use-decide.ts";

interface ActionWords {
  /** On the button. */
  readonly button: string;
  /** In the dialog: what will happen. */
  readonly consequence: string;
  readonly needsComment: boolean;
  readonly variant: "primary" | "secondary" | "danger";
  /** Of the toast. */
  readonly done: string;
}

export const actionWords: Readonly<Record<DecisionAction, ActionWords>> = {
  submit: {
    button: "Submit for review",
    consequence: "Reviewers are asked to decide. The text can still be edited; that makes a new revision.",
    needsComment: false,
    variant: "primary",
    done: "Submitted for review",
  },
  approve: {
    button: "Approve",
    consequence:
      "With the approvals that are needed, a pull request is opened. Your approval is for this revision only.",
    needsComment: false,
    variant: "primary",
    done: "Approved",
  },
  "request-changes": {
    button: "Request changes",
    consequence: "The proposal goes back to its author, with your comment.",
    needsComment: true,
    variant: "secondary",
    done: "Changes requested",
  },
  reject: {
    button: "Reject",
    consequence: "The proposal ends here. An open pull request is closed.",
    needsComment: true,
    variant: "danger",
    done: "Rejected",
  },
  withdraw: {
    button: "Withdraw",
    consequence: "The proposal ends here, by your own wish. An open pull request is closed.",
    needsComment: false,
    variant: "danger",
    done: "Withdrawn",
  },
  "open-pull-request": {
    button: "Open pull request",
    consequence: "The change is pushed to its branch, and the pull request is opened or brought up to date.",
    needsComment: false,
    variant: "primary",
    done: "The pull request is being opened",
  },
  "roll-back": {
    button: "Roll back",
    consequence: "A new proposal takes this change back in Git, and goes through review as every other one.",
    needsComment: true,
    variant: "danger",
    done: "A proposal that takes the change back was made",
  },
  comment: {
    button: "Comment",
    consequence: "Everybody who can see the proposal can read it.",
    needsComment: true,
    variant: "secondary",
    done: "Comment added",
  },
};

const past: Readonly<Record<string, string>> = {
  create: "made the proposal",
  submit: "submitted it for review",
  edit: "changed it",
  approve: "approved it",
  "request-changes": "requested changes",
  reject: "rejected it",
  withdraw: "withdrew it",
  "open-pull-request": "opened the pull request",
  merge: "merged it",
  sync: "saw it synced to the cluster",
  enforce: "saw it enforced by the cluster",
  verify: "verified it in traffic",
  supersede: "superseded it",
  "roll-back": "rolled it back",
  comment: "commented",
};

/** `Ada approved it`. */
export function decisionInWords({ by, action }: Pick<DecisionView, "by" | "action">): string {
  return `${by.name} ${past[action] ?? `did \`${action}\``}`;
}
