/** What a key asks for on a list or a proposal. */
export type ReviewCommand = "next" | "previous" | "open" | "approve" | "request-changes" | "reject" | "edit" | "keys";

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const listKeys: Readonly<Record<string, ReviewCommand>> = { j: "next", k: "previous", Enter: "open", "?": "keys" };
const proposalKeys: Readonly<Record<string, ReviewCommand>> = {
  a: "approve",
  c: "request-changes",
  r: "reject",
  e: "edit",
  "?": "keys",
};

/**
 * Single keys only count where nobody is typing and nothing else has the keyboard (WCAG 2.1, 2.1.4): not in a field, an editor, a menu
 * or a dialog, and never together with a modifier. `Enter` on a link or a button stays theirs.
 */
export function commandOf(
  press: KeyPress,
  target: EventTarget | null,
  where: "list" | "proposal",
): ReviewCommand | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey) return undefined;
  const command = (where === "list" ? listKeys : proposalKeys)[press.key];
  if (command === undefined || !isElement(target)) return command;
  if (
    target.closest(
      "input, textarea, select, [contenteditable='true'], [role='menu'], [role='dialog'], [role='listbox']",
    ) !== null
  ) {
    return undefined;
  }
  if (press.key === "Enter" && target.closest("a, button, summary") !== null) return undefined;
  return command;
}

interface ElementLike {
  closest(selectors: string): unknown;
}

function isElement(target: unknown): target is ElementLike {
  return typeof target === "object" && target !== null && "closest" in target;
}

/** Row that a step goes to: stays at the ends; from none the first or the last. */
export function stepRow(at: number | undefined, command: "next" | "previous", rows: number): number | undefined {
  if (rows === 0) return undefined;
  if (at === undefined) return command === "next" ? 0 : rows - 1;
  return Math.min(rows - 1, Math.max(0, at + (command === "next" ? 1 : -1)));
}

/** For the dialog that `?` opens. */
export const keyHelp = {
  list: [
    ["j", "next proposal"],
    ["k", "previous proposal"],
    ["Enter", "open it"],
    ["?", "show these keys"],
  ],
  proposal: [
    ["a", "approve"],
    ["c", "request changes"],
    ["r", "reject"],
    ["e", "edit the policy"],
    ["?", "show these keys"],
  ],
} as const;
