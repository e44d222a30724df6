import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readDocuments } from "../../src/adapters/manifests/documents.ts";
import { locateIn } from "../../src/adapters/manifests/places.ts";
import { printManifest } from "../../src/adapters/manifests/print.ts";
import { type ConvertibleKind, convert } from "../../src/core/policy/convert/convert.ts";
import { lossesPage } from "../../src/core/policy/convert/reference-page.ts";
import { readPolicy } from "../../src/core/policy/read-policy.ts";

const folder = fileURLToPath(new URL("convert/", import.meta.url));
const kinds: Readonly<Record<string, ConvertibleKind>> = {
  egressfirewall: "EgressFirewall",
  egressnetworkpolicy: "EgressNetworkPolicy",
  networkpolicy: "NetworkPolicy",
};

/** A case is named after what it becomes: `partner-to-networkpolicy`. */
test.each(readdirSync(folder))("%s", async (name) => {
  const { documents, errors, lines } = readDocuments("input.yaml", readFileSync(`${folder}${name}/input.yaml`, "utf8"));
  expect(errors).toEqual([]);
  const policies = documents.flatMap((placed) => {
    const read = readPolicy({ value: placed.value, locate: locateIn("input.yaml", lines, placed) });
    return read?.policy ?? [];
  });
  const to = kinds[name.split("-to-").at(-1)!]!;
  const { drafts, losses } = convert(policies, to);
  const told = losses.map(
    ({ code, change, at, message, effect }) => `${at.file}:${at.line}: ${change}: ${message} [${code}]\n  ${effect}`,
  );
  await expect(drafts.map(printManifest).join("---\n")).toMatchFileSnapshot(`${folder}${name}/expected.yaml`);
  await expect(`${told.join("\n")}\n`).toMatchFileSnapshot(`${folder}${name}/losses.txt`);
});

test("the reference page says what the catalogue says", async () => {
  await expect(lossesPage()).toMatchFileSnapshot("../../docs/reference/conversion-losses.md");
});
