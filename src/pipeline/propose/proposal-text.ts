import type { Proposal } from "./proposal.ts";

/** Whether the proposal takes the object away: its text is empty. */
export function isRemoval({ manifest }: Pick<Proposal, "manifest">): boolean {
  return manifest.trim() === "";
}

/** Whether nobody but the server wrote the text. */
export function isUntouched({ editors }: Pick<Proposal, "editors">): boolean {
  return editors.every(({ subject }) => subject === serverSubject);
}

/** Subject of the server itself, where it writes or decides. */
export const serverSubject = "postern";
