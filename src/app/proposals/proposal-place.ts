import { randomBytes } from "node:crypto";
import type { ServerEvents } from "../desk/server-events.ts";
import type { Decisions } from "../state/books.ts";

/** Where proposals are kept, and who hears of them. */
export interface ProposalPlace {
  readonly decisions: Decisions;
  readonly events: ServerEvents;
  readonly nowMs: () => number;
  /** `p-` and 16 hexadecimal digits. */
  readonly newId: () => string;
}

export function newProposalId(): string {
  return `p-${randomBytes(8).toString("hex")}`;
}
