/**
 * JSON text, two spaces for people and none for programs, ending in a newline. What JSON leaves raw inside strings and a terminal could act on (C1
 * controls, direction marks, line separators) is escaped, which changes nothing for a parser.
 */
export function formatJson(value: unknown, layout: "for people" | "for programs" = "for people"): string {
  const escape = (character: string): string =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join("");
  const text = JSON.stringify(value, undefined, layout === "for people" ? 2 : 0);
  // Reports of whole clusters are a hundred megabytes of plain ASCII: the search by property is for the others.
  if (!/[^\n -~]/.test(text)) return `${text}\n`;
  return `${text.replaceAll(/[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu, escape)}\n`;
}
