/** What a database says of its trouble, as a part of a sentence: its first line, of bounded length, without the full stop. */
export function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").slice(0, 300).replace(/\.$/, "");
}
