import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readClustersFile } from "./read-clusters-file.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-clusters-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function read(text: string): Promise<unknown> {
  const path = join(folder, "clusters.yaml");
  await writeFile(path, text);
  const result = await readClustersFile(path);
  return result.ok ? result.value : result.error.map(({ message }) => message.replaceAll(folder, ""));
}

test("clusters by their API and by files, with paths from the file", async () => {
  const text = `
clusters:
  - name: east
    kubeconfig: east.kubeconfig
    context: admin
  - name: here
  - name: lab
    dump: [dump]
    policies: [policies, /srv/more]
`;
  expect(await read(text)).toEqual([
    { name: "east", from: "api", kubeconfig: join(folder, "east.kubeconfig"), context: "admin" },
    { name: "here", from: "api", kubeconfig: undefined, context: undefined },
    { name: "lab", from: "files", dump: [join(folder, "dump")], policies: [join(folder, "policies"), "/srv/more"] },
  ]);
});

test.each<[string, string, string[]]>([
  ["no clusters", "clusters: []", ["`/clusters.yaml:1`: `clusters`: is to name at least one cluster"]],
  ["another word", "cluster: []", expect.arrayContaining(["`/clusters.yaml:1`: the file: there is no `cluster` here"])],
  [
    "both ways at once",
    "clusters:\n  - name: east\n    context: a\n    dump: [b]",
    [
      "`/clusters.yaml:2`: `clusters.0`: is to have `name` and either `kubeconfig` and `context`, or `dump` and `policies`, and nothing else",
    ],
  ],
  ["a name twice", "clusters: [{name: a}, {name: a}]", ["`/clusters.yaml`: `a` stands there twice"]],
  ["no YAML", "clusters: [", [expect.stringContaining("`/clusters.yaml:1`: ") as string]],
  ["an empty file", "", ["`/clusters.yaml`: the file: is to hold `clusters:` with a list below it"]],
  ["aliases", "a: &x {name: b}\nclusters: [*x]", ["`/clusters.yaml`: it uses YAML aliases; write the values out"]],
])("%s is refused in words", async (_, text, expected) => {
  expect(await read(text)).toEqual(expected);
});

test("a file that is not there is told", async () => {
  const result = await readClustersFile(join(folder, "none.yaml"));
  expect(result.ok ? [] : result.error.map(({ message }) => message)).toEqual([
    `\`${join(folder, "none.yaml")}\`: it cannot be read (ENOENT)`,
  ]);
});
