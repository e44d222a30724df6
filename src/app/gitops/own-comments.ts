import { createHash } from "node:crypto";
import type { CodeHost } from "./code-host.ts";
import { code, plainText } from "./markdown.ts";
import { ownMark } from "./pull-request-body.ts";

export const takenOverComment =
  "Somebody else's commits stand on this branch, so Postern pushes nothing to it any more: it is yours now. Later changes of the " +
  "proposal are not brought here; what is merged is what the branch holds.";

export function conflictComment(path: string): string {
  return `${code(path)} holds another policy by now than the one that this was reviewed against. Postern pushes nothing until the proposal was looked at again.`;
}

export function remarksComment(remarks: readonly string[]): string {
  return `Not everything could be set at this pull request:\n\n${remarks.map((remark) => `- ${plainText(remark)}`).join("\n")}`;
}

export function endedComment(why: string): string {
  return `Postern closes this: ${plainText(why.slice(0, 1_000))}`;
}

export function reopenedComment(number: number): string {
  return `This was opened again, but proposal #\u200b${number} has ended: Postern brings nothing here any more. Close it, or make a new proposal in Postern.`;
}

/** Says it unless it was said: being killed in between makes no second comment. A comment that cannot be made is no failure of the work. */
export async function commentOnce(host: CodeHost, id: string, text: string, signal: AbortSignal): Promise<void> {
  const mark = `<!-- postern:${createHash("sha256").update(text).digest("hex").slice(0, 16)} -->`;
  const known = await host.comments(id, 0, signal);
  if (!known.ok || known.value.some(({ body }) => body.includes(mark))) return;
  await host.comment(id, `${ownMark}\n${mark}\n${text}`, signal);
}

export function isOwnComment(body: string): boolean {
  return body.startsWith(ownMark);
}
