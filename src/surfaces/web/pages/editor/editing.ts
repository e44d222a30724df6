import type { ProposalDetail, ProposalEdit } from "../../../../app/wire/proposals.ts";

/** What the form holds; all texts, as they are typed. */
export interface Draft {
  readonly manifest: string;
  readonly title: string;
  readonly justification: string;
  readonly ticket: string;
  /** One a line, or separated by commas. */
  readonly reviewers: string;
  /** `2026-12-24`, a day in UTC; empty: lasting. */
  readonly expires: string;
}

export function isDraft(value: unknown): value is Draft {
  const fields = ["manifest", "title", "justification", "ticket", "reviewers", "expires"] as const;
  return (
    typeof value === "object" &&
    value !== null &&
    fields.every((field) => typeof (value as Readonly<Record<string, unknown>>)[field] === "string")
  );
}

export function draftOf(proposal: ProposalDetail): Draft {
  const { manifest, title, justification, ticket, reviewers, expiresAtMs } = proposal;
  const expires = expiresAtMs === null ? "" : new Date(expiresAtMs).toISOString().slice(0, 10);
  return { manifest, title, justification, ticket, reviewers: reviewers.join(", "), expires };
}

export function reviewersOf(text: string): readonly string[] {
  return [
    ...new Set(
      text
        .split(/[\n,]/)
        .map((name) => name.trim())
        .filter((name) => name !== ""),
    ),
  ];
}

/** First moment of the day, in UTC, at which the change must be gone. Null: lasting; undefined: no day of the calendar. */
export function expiryOf(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text.trim())) return undefined;
  const day = Date.parse(`${text.trim()}T00:00:00Z`);
  // The thirty-first of February is read as a day in March.
  return Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text.trim() ? undefined : day;
}

/** Only what was changed, so that somebody else's change of another field is not undone; empty when nothing was. */
export function editOf(before: Draft, after: Draft): ProposalEdit {
  const edit: ProposalEdit = {};
  if (after.manifest !== before.manifest) edit.manifest = after.manifest;
  if (after.title.trim() !== before.title) edit.title = after.title.trim();
  if (after.justification !== before.justification) edit.justification = after.justification;
  if (after.ticket.trim() !== before.ticket) edit.ticket = after.ticket.trim();
  const reviewers = [...reviewersOf(after.reviewers)];
  if (reviewers.join("\n") !== reviewersOf(before.reviewers).join("\n")) edit.reviewers = reviewers;
  const expiry = expiryOf(after.expires);
  if (after.expires !== before.expires && expiry !== undefined) edit.expiresAtMs = expiry;
  return edit;
}

/** One's own draft on top of what somebody else saved: a field that one did not touch is theirs. */
export function rebased(before: Draft, mine: Draft, theirs: Draft): Draft {
  const fields = Object.keys(theirs) as (keyof Draft)[];
  return Object.fromEntries(
    fields.map((field) => [field, mine[field] === before[field] ? theirs[field] : mine[field]]),
  ) as unknown as Draft;
}

/** What keeps the form from being saved, by field; empty when nothing does. */
export function troubleOf({ title, expires }: Draft, nowMs: number): Readonly<Partial<Record<keyof Draft, string>>> {
  const expiry = expiryOf(expires);
  return {
    ...(title.trim() === "" ? { title: "A proposal needs a title" } : {}),
    ...(expiry === undefined
      ? { expires: "Write a day as year-month-day, such as 2026-12-24" }
      : expiry !== null && expiry < nowMs
        ? { expires: "That day has passed" }
        : {}),
  };
}
