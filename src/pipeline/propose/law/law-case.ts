import type { EgressPolicy } from "../../../core/policy/model.ts";
import type { ProposalOrigin, ProposalPerson } from "../proposal.ts";
import { atMost } from "./at-most.ts";
import type { ProposalRisk } from "./law.ts";
import { type Openings, openingsOf } from "./openings.ts";

/** What a law is asked about: one object of a policy change. */
export interface LawCase {
  readonly cluster: string;
  /** Empty: a policy of the whole cluster. */
  readonly namespace: string;
  /** Undefined: the object is taken away. */
  readonly policy: EgressPolicy | undefined;
  /** What it replaces; undefined where there was nothing, or nothing that can be read. */
  readonly base: EgressPolicy | undefined;
  /** Policies that stand beside it after the change, as far as they are known: one may take the place of what is taken away. */
  readonly beside: readonly EgressPolicy[];
  /** Undefined where files are looked at without the words that go with them: clauses about these are then not judged. */
  readonly proposal: CaseProposal | undefined;
  /** Undefined where nobody judged it. */
  readonly risk: ProposalRisk | undefined;
  readonly nowMs: number;
}

/** What people said of the change. */
export interface CaseProposal {
  readonly origin: ProposalOrigin;
  readonly justification: string;
  readonly ticket: string;
  readonly expiresAtMs: number | undefined;
  readonly author: ProposalPerson | undefined;
  readonly editors: readonly ProposalPerson[];
  /** Who approved this text, and whoever is about to. */
  readonly approvers: readonly ProposalPerson[];
}

const known = new WeakMap<EgressPolicy, Openings>();

/** What the policy may open; worked out once. */
export function openingsOfCase(policy: EgressPolicy): Openings {
  let openings = known.get(policy);
  if (openings === undefined) {
    const most = atMost(policy);
    known.set(policy, (openings = most === policy ? sureOpeningsOf(policy) : openingsOf(most)));
  }
  return openings;
}

const sure = new WeakMap<EgressPolicy, Openings>();

/** What the policy surely opens, as far as addresses and names are told; worked out once. */
export function sureOpeningsOf(policy: EgressPolicy): Openings {
  let openings = sure.get(policy);
  if (openings === undefined) sure.set(policy, (openings = openingsOf(policy)));
  return openings;
}
