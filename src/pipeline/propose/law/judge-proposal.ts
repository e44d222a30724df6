import { quoted } from "../../../core/quoted.ts";
import type { Breach } from "./breach.ts";
import type { CaseProposal } from "./law-case.ts";
import type { LawDemand } from "./law.ts";
import { fitsTicket, longestTicket } from "./ticket-pattern.ts";

const dayMs = 86_400_000;

type Of<Kind extends LawDemand["kind"]> = Extract<LawDemand, { kind: Kind }>;

export function judgeTemporary(
  demand: Of<"temporary">,
  { expiresAtMs }: CaseProposal,
  nowMs: number,
): readonly Breach[] {
  const { mostDays, isRequired } = demand;
  if (expiresAtMs === undefined) {
    return isRequired ? about(`the change needs an end, at most ${mostDays} days from now`) : [];
  }
  if (expiresAtMs <= nowMs) return about("the change has ended already: give it a later end, or take it back");
  const days = Math.ceil((expiresAtMs - nowMs) / dayMs);
  return days <= mostDays ? [] : about(`the change would stay for ${days} days, and may stay for ${mostDays}`);
}

export function judgeJustification(demand: Of<"justification">, { justification }: CaseProposal): readonly Breach[] {
  // Blanks do not count: they say nothing.
  const { length } = justification.replaceAll(/\s+/g, " ").trim();
  if (length >= demand.leastLength) return [];
  const has = length === 0 ? "there is none" : `it has ${length}`;
  return about(`the justification needs at least ${demand.leastLength} characters, ${has}`);
}

export function judgeTicket({ pattern }: Of<"ticket">, { ticket }: CaseProposal): readonly Breach[] {
  const text = ticket.trim();
  if (fitsTicket(pattern, text)) return [];
  if (text === "") return about(`a ticket is needed that fits ${quoted(pattern.text)}`);
  const why =
    text.length > longestTicket ? `is longer than ${longestTicket} characters` : `does not fit ${quoted(pattern.text)}`;
  return about(`the ticket ${quoted(text)} ${why}`);
}

/** Whoever wrote part of the text does not count as a second pair of eyes. */
export function judgeSeparation({ author, editors, approvers }: CaseProposal): readonly Breach[] {
  const wrote = new Set([...(author === undefined ? [] : [author]), ...editors].map(({ subject }) => subject));
  return approvers
    .filter(({ subject }) => wrote.has(subject))
    .map(({ name, subject }) => ({
      message: `${quoted(name === "" ? subject : name)} wrote part of the text and cannot approve it: somebody else has to`,
      rule: undefined,
    }));
}

function about(message: string): readonly Breach[] {
  return [{ message, rule: undefined }];
}
