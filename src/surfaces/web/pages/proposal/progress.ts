import type { DecisionView, ProposalDetail } from "../../../../app/wire/proposals.ts";

export type ProposalState = ProposalDetail["state"];

export interface ProgressStepView {
  readonly id: string;
  readonly title: string;
  readonly variant: "success" | "info" | "pending" | "warning" | "danger";
  readonly isCurrent: boolean;
  /** Who came there last, and when; undefined where nobody was yet. */
  readonly reached: DecisionView | undefined;
  /** What is special about it, for people; empty where nothing is. */
  readonly note: string;
}

const path = [
  ["draft", "Draft"],
  ["pending-review", "In review"],
  ["approved", "Approved"],
  ["pull-request-open", "Pull request"],
  ["merged", "Merged"],
  ["synced", "Synced"],
  ["enforced", "Enforced"],
  ["verified", "Verified in traffic"],
] as const satisfies readonly (readonly [ProposalState, string])[];

/** States that leave the path: where they stand on it, and how they look there. */
const aside: Partial<Record<ProposalState, { readonly variant: "warning" | "danger"; readonly note: string }>> = {
  "changes-requested": { variant: "warning", note: "changes requested" },
  rejected: { variant: "danger", note: "rejected" },
  superseded: { variant: "warning", note: "superseded by a newer proposal" },
  "rolled-back": { variant: "danger", note: "rolled back" },
};

function placeOf(state: ProposalState): number {
  return path.findIndex(([id]) => id === state);
}

/** Where a state that has left the path stands: the review for its two answers, else the furthest step that was reached. */
function standingOf(state: ProposalState, decisions: readonly DecisionView[]): number {
  const place = placeOf(state);
  if (place >= 0) return place;
  if (state === "changes-requested" || state === "rejected") return placeOf("pending-review");
  return Math.max(0, ...decisions.flatMap(({ from, to }) => [placeOf(from), placeOf(to)]));
}

/** The life of a proposal as steps: what is done, where it stands, what is to come. */
export function progressOf(state: ProposalState, decisions: readonly DecisionView[]): readonly ProgressStepView[] {
  const standing = standingOf(state, decisions);
  const special = aside[state];
  return path.map(([id, title], place) => {
    const reached = decisions.findLast(({ from, to }) => to === id && from !== id);
    const isCurrent = place === standing;
    if (!isCurrent) {
      return {
        id,
        title,
        variant: place < standing ? "success" : "pending",
        isCurrent,
        reached: place < standing ? reached : undefined,
        note: "",
      };
    }
    const last = decisions.findLast(({ to }) => to === state);
    const variant = special?.variant ?? (id === "verified" ? "success" : "info");
    return {
      id,
      title,
      variant,
      isCurrent,
      reached: special === undefined ? reached : last,
      note: special?.note ?? "",
    };
  });
}
