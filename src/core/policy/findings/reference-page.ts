import { findingCatalogue } from "./catalogue.ts";
import type { FindingKind } from "./finding-kind.ts";

const consequences = {
  refused: "refused by the API server",
  unapplied: "stored, not applied",
  kept: "applied",
} as const;

/** The reference page `docs/reference/findings.md`, made from the catalogue. */
export function findingsPage(): string {
  const entries = Object.entries<FindingKind>(findingCatalogue);
  const sections = entries.map(([code, { severity, consequence, title, effect, fix }]) => {
    const facts = `- **${severity}** · the object is ${consequences[consequence]}`;
    return [`## \`${code}\``, "", capital(title), "", facts, `- Effect: ${effect}`, `- Fix: ${fix}`].join("\n");
  });
  return `${introduction}\n${sections.join("\n\n")}\n`;
}

function capital(sentence: string): string {
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}.`;
}

const introduction = `# Findings

Everything \`postern lint\` and \`postern optimise\` can report about policies. Errors change or void what was written; warnings are traps; notes are
worth knowing. *Refused* means that the API server rejects the object and keeps what it had. *Stored, not applied* means
that the object is accepted and none of its rules works. *Applied* means that the cluster works with the object as this
page describes.

This page is made from the catalogue in \`src/core/policy/findings\`; a test keeps the two equal.
`;
