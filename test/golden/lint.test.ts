import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readManifests } from "../../src/adapters/manifests/read-manifests.ts";
import { inspectSet } from "../../src/core/policy/inspect-set.ts";
import type { Finding } from "../../src/core/policy/model.ts";
import { readPolicy } from "../../src/core/policy/read-policy.ts";

const folder = fileURLToPath(new URL("lint/", import.meta.url));
const nothing: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {},
};

function formatFinding({ code, severity, at, message, effect, fix }: Finding): string {
  const place = `${basename(at.file)}:${at.line}:${at.column}`;
  return [
    `${place}: ${severity}: ${message} [${code}]`,
    `  at:     ${at.path === "" ? "the object" : at.path}`,
    `  effect: ${effect}`,
    `  fix:    ${fix}`,
  ].join("\n");
}

test.each(readdirSync(folder))("findings of %s", async (name) => {
  const { documents, errors } = await readManifests([join(folder, name, "input.yaml")], { stdin: nothing });
  expect(errors).toEqual([]);
  const read = documents.flatMap((manifest) => readPolicy(manifest) ?? []);
  const policies = read.flatMap(({ policy }) => policy ?? []);
  const findings = [...read.flatMap((one) => one.findings), ...inspectSet(policies)];
  const states = policies.map(
    ({ kind, namespace, name: own, notApplied }) => `${kind} ${namespace}/${own}: ${notApplied ?? "applied"}`,
  );
  await expect(`${[...states, "", ...findings.map(formatFinding)].join("\n")}\n`).toMatchFileSnapshot(
    join(folder, name, "expected.txt"),
  );
});
