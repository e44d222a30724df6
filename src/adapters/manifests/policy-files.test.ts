import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { policyFilesWith } from "./policy-files.ts";

const nothing: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {},
};
const files = policyFilesWith({ stdin: nothing });
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-files-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const yaml =
  "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\nspec:\n  egress:\n" +
  "  - type: Allow\n    to: {cidrSelector: 10.0.0.0/8}\n";
const rest = "  - type: Deny\n    to: {cidrSelector: 0.0.0.0/0}\n";
const json = (rules: readonly unknown[]): string =>
  JSON.stringify({
    apiVersion: "k8s.ovn.org/v1",
    kind: "EgressFirewall",
    metadata: { name: "default", namespace: "shop" },
    spec: { egress: rules },
  });
const allow = { type: "Allow", to: { cidrSelector: "10.0.0.0/8" } };
const deny = { type: "Deny", to: { cidrSelector: "0.0.0.0/0" } };

test.each([
  ["YAML", yaml + rest, yaml],
  ["YAML behind a byte order mark", `\ufeff${yaml}${rest}`, `\ufeff${yaml}`],
  ["YAML behind a byte order mark and a marker", `\ufeff---\n${yaml}${rest}`, `\ufeff---\n${yaml}`],
  ["JSON behind a byte order mark", `\ufeff${json([allow, deny])}`, `\ufeff${json([allow])}`],
])("%s is read, edited and written back with every other byte", async (_, before, after) => {
  const path = join(folder, "a.yaml");
  await writeFile(path, before);
  const text = await files.readText(path);
  if (!text.ok) throw new Error(text.error.message);
  const [policy] = files.policiesIn(path, text.value, {}).policies;
  // Editors do not count the mark.
  expect(policy?.at.column).toBe(1);
  const edited = files.edit(path, text.value, [{ at: policy!.at, edits: [{ kind: "remove", rule: 1 }] }]);
  if (!edited.ok) throw new Error(edited.error.message);
  const change = { path, before: text.value, after: edited.value };
  const written = await files.replace([change], new AbortController().signal);
  expect(written).toEqual({ ok: true, value: [{ path, state: "replaced" }] });
  expect(await readFile(path, "utf8")).toBe(after);
});
