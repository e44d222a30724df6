import { lossCatalogue } from "./loss.ts";

/** The reference page `docs/reference/conversion-losses.md`, made from the catalogue. */
export function lossesPage(): string {
  const rows = Object.entries(lossCatalogue).map(
    ([code, { change, effect }]) => `| \`${code}\` | ${change} | ${effect} |`,
  );
  return `${introduction}\n| code | change | what follows |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

const introduction = `# Conversion losses

What \`postern convert\` can report. *Allows more* and *denies more* are differences of the rules themselves: where none is
reported, old and new rules decide alike for every address, protocol and port. *Works otherwise* is a difference of what
enforces the rules, or of what may happen to them later.

This page is made from the catalogue in \`src/core/policy/convert/loss.ts\`; a test keeps the two equal.
`;
