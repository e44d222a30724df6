import { describe, expect, test } from "vitest";
import { celEngine } from "../../src/adapters/cel/engine.ts";
import { readObjects } from "../../src/adapters/manifests/read-objects.ts";
import { type CheckReport, checkPolicies, type CheckSide, sideOf } from "../../src/app/check-policies.ts";
import { readLawText } from "../../src/app/law/read-law-text.ts";
import { noClusterFacts } from "../../src/pipeline/flows/cluster-facts.ts";
import { end, firewall, lawOf } from "./made-up.ts";

type Files = Readonly<Record<string, string>>;

const clauses = `- name: no-metadata
  forbidden: { addresses: [169.254.169.254] }
- name: few
  scope: { clusters: [west] }
  mostRules: 3`;

function sideOfFiles(files: Files): CheckSide {
  return sideOf(
    Object.entries(files).flatMap(([file, text]) => readObjects(file, text).manifests),
    false,
  );
}

function check(before: Files, after: Files, cluster = "east"): Promise<CheckReport> {
  const ready = readLawText("law.yaml", lawOf(clauses), {
    readManifests: readObjects,
    cel: celEngine,
    rego: undefined,
  }).ready!;
  return checkPolicies({
    after: sideOfFiles(after),
    before: sideOfFiles(before),
    cluster,
    facts: noClusterFacts,
    harvest: undefined,
    laws: [{ law: ready.law, version: "company", ready }],
    rego: undefined,
    words: undefined,
    failOn: "error",
    nowMs: 0,
  });
}

/** `changed a.yaml: no-metadata` for each object that changes, with the clauses it breaks. */
async function told(before: Files, after: Files, cluster?: string): Promise<readonly string[]> {
  const { objects } = await check(before, after, cluster);
  return objects.map(
    ({ change, at, verdicts }) =>
      `${change} ${at.file}: ${[...new Set(verdicts.map(({ clause }) => clause))].join(", ") || "lawful"}`,
  );
}

const open = firewall("Allow 169.254.0.0/16", ...end);
const closed = firewall("Allow 192.0.2.0/24", ...end);
const unnamed = (text: string): string => text.replace("  namespace: shop\n", "");

describe("a change of files is held to account for", () => {
  test.each([
    ["a new object", {}, { "a.yaml": open }, ["added a.yaml: no-metadata"]],
    ["one that changed", { "a.yaml": closed }, { "a.yaml": open }, ["rewritten a.yaml: no-metadata"]],
    ["none that only moved", { "a.yaml": open }, { "b.yaml": open }, []],
    ["one without a namespace, which it gets later", {}, { "a.yaml": unnamed(open) }, ["added a.yaml: no-metadata"]],
    ["one that lost it", { "a.yaml": unnamed(closed) }, {}, ["removed a.yaml: lawful"]],
    [
      "each of several with one name",
      { "b.yaml": closed },
      { "a.yaml": open, "b.yaml": closed },
      ["rewritten a.yaml: no-metadata"],
    ],
    [
      "each of several bases",
      { "z/fw.yaml": unnamed(closed) },
      { "a/fw.yaml": unnamed(open), "b/fw.yaml": unnamed(open), "z/fw.yaml": unnamed(closed) },
      ["rewritten a/fw.yaml: no-metadata", "rewritten b/fw.yaml: no-metadata"],
    ],
    [
      "none of several that were so before",
      { "a.yaml": open, "b.yaml": closed },
      { "a.yaml": open, "b.yaml": closed },
      [],
    ],
  ] as const)("%s", async (_, before, after, expected) => {
    expect(await told(before, after)).toEqual(expected);
  });

  test("clauses of any cluster, where nobody says which one it is for", async () => {
    const long = { "a.yaml": firewall("Allow 192.0.2.1/32", "Allow 192.0.2.3/32", ...end) };
    expect(await told({}, long, "east")).toEqual(["added a.yaml: lawful"]);
    expect(await told({}, long, "")).toEqual(["added a.yaml: few"]);
  });
});
