import { expect, test } from "vitest";
import { findingCatalogue } from "./catalogue.ts";
import type { FindingKind } from "./finding-kind.ts";
import { findingsPage } from "./reference-page.ts";

const entries = Object.entries<FindingKind>(findingCatalogue);

test("the reference page says what the catalogue says", async () => {
  await expect(findingsPage()).toMatchFileSnapshot("../../../../docs/reference/findings.md");
});

test.each(entries)("%s is written like the others", (code, { title, effect, fix, severity, consequence }) => {
  expect(code).toMatch(/^[a-z0-9]+(_[a-z0-9]+)+$/);
  for (const sentence of [title, effect, fix])
    expect(sentence).toMatch(
      /^[^A-Z\s][\s\S]*[^.\s]$|^(OpenShift SDN|OVN|Open vSwitch|EgressNetworkPolicy)\b[\s\S]*[^.\s]$/,
    );
  // What voids the object is never a mere warning.
  if (consequence !== "kept") expect(severity).toBe("error");
});
