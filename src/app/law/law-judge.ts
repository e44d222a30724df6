import type { DraftKind } from "../../core/policy/draft.ts";
import type { ApprovalRequirement } from "../../pipeline/propose/law/approvals.ts";
import type { ProposalOrigin } from "../../pipeline/propose/proposal.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { NamespaceRef, Person } from "../wire/list.ts";
import type { LawVerdict } from "../wire/proposals.ts";

/** What the organisation's law says of a policy change. */
export interface LawJudge {
  /**
   * Never rejects for what the change says. A law that cannot be asked (an external judge that is away) is a verdict that forbids,
   * naming its clause: nobody approves what the law did not see.
   */
  judge(input: LawInput): Promise<LawAnswer>;
}

/** A policy change as the law looks at it. */
export interface LawInput extends NamespaceRef {
  readonly kind: DraftKind;
  readonly policyName: string;
  /** Empty: the object is taken away. */
  readonly manifest: string;
  readonly baseManifest: string | undefined;
  /** Undefined where it was not judged against traffic, as in a check of files. */
  readonly dossier: Dossier | undefined;
  readonly origin: ProposalOrigin;
  readonly author: Person;
  /** Everybody who wrote part of the text. */
  readonly editors: readonly Person[];
  /** Who approved this text so far, and whoever is about to. */
  readonly approvers: readonly Person[];
  readonly justification: string;
  readonly ticket: string;
  readonly labels: readonly string[];
  /** Undefined: lasting. */
  readonly expiresAtMs: number | undefined;
  readonly nowMs: number;
}

export interface LawAnswer {
  readonly verdicts: readonly LawVerdict[];
  /** At least 1; how many different people must approve. */
  readonly approvalsNeeded: number;
  /** What clauses ask of those who approve: `missingApprovals` says what is left of it. */
  readonly approvals: readonly ApprovalRequirement[];
  /** Whether who wrote part of the text may approve it. */
  readonly mayEditorsApprove: boolean;
  /**
   * Who may approve, beside having the permission; undefined: everybody who has it. Subjects and groups as a principal has them. Only where
   * every requirement names groups: otherwise an approval of somebody else counts for some of them.
   */
  readonly approvers: { readonly subjects: readonly string[]; readonly groups: readonly string[] } | undefined;
  /** Whether the server may approve it by itself, where everything else allows automation. */
  readonly mayAutomate: boolean;
}
