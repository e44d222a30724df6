/** Longest part of somebody's input that a message repeats. */
const longest = 80;

/**
 * Somebody's value inside a message: in backticks, on one line, without control or direction-changing characters (they
 * could rewrite a terminal), shortened when long.
 */
export function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : jsonOf(value);
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return `\`${printable(short)}\``;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Nested deeper than can be written.
    return Object.prototype.toString.call(value);
  }
}

/** The text with everything that is not a visible character or a space escaped as in JSON. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeOf);
}

function escapeOf(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}
