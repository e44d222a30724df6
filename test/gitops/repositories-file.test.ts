import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectIn, readRepositories } from "../../src/adapters/repositories-config/read-repositories.ts";

const example = join(import.meta.dirname, "../../examples/gitops/repositories.yaml");

test("the example is right, with what it leaves out", () => {
  const read = readRepositories(readFileSync(example, "utf8"), "repositories.yaml");
  if (!read.ok) throw new Error(read.error.map(({ message }) => message).join("\n"));
  expect(read.value.map(({ name, kind, layout, merge }) => `${name} ${kind} ${layout.kind} ${merge}`)).toEqual([
    "platform github argo-cd people",
    "teams gitlab kustomize people",
    "edge gitea fleet people",
    "everything-else plain policy-generator automation",
  ]);
  expect(read.value[1]!.holds).toEqual([{ cluster: "west-*", namespace: "*" }]);
});

const plain = "name: a, kind: plain, url: 'file:///a.git'";

test.each([
  ["no list", "a: 1", ["`repositories` is missing", "has no option `a`"]],
  ["no YAML", "repositories: [", ["f:1:16: "]],
  ["an alias of nothing", "repositories: *all", ["f: its aliases (`*name`) cannot be followed; write the values out"]],
  [
    "an unknown option",
    `repositories: [{${plain}, colour: red}]`,
    ["f:1:61: `repositories[0]` has no option `colour`"],
  ],
  [
    "an unknown host",
    "repositories: [{name: a, kind: svn, url: x}]",
    ["f:1:32: `repositories[0].kind` is to be `github` or `gitlab`"],
  ],
  ["two of one name", `repositories:\n- {${plain}}\n- {${plain}}`, ["f:3:10: `repositories[1].name` is `a` again"]],
  [
    "a path that leads out",
    `repositories: [{${plain}, path: "../x.yaml"}]`,
    ["`repositories[0].path` is to be a path inside the repository"],
  ],
  [
    "an unknown part of a path",
    `repositories: [{${plain}, path: "{team}/x.yaml"}]`,
    ["`{team}` stands for nothing; there are `{cluster}`"],
  ],
  [
    "an unknown layout",
    `repositories: [{${plain}, layout: {kind: helm}}]`,
    ["`repositories[0].layout.kind` is none of the forms", "`kustomize`"],
  ],
  [
    "a password in the address",
    "repositories: [{name: a, kind: plain, url: 'https://u:p@x.example/a.git'}]",
    ["holds a password"],
  ],
  [
    "a host without token",
    "repositories: [{name: a, kind: gitlab, url: 'https://x.example/g/a.git'}]",
    ["has no `tokenFile`"],
  ],
  [
    "ssh without key",
    "repositories: [{name: a, kind: plain, url: 'git@x.example:a.git'}]",
    ["has no `sshKeyFile` and `knownHostsFile`"],
  ],
  [
    "an App elsewhere",
    "repositories: [{name: a, kind: gitlab, url: 'https://x.example/g/a.git', access: {app: {id: 1, installation: 2, privateKeyFile: k}}}]",
    ["is for `kind: github` alone"],
  ],
])("%s is told with its place", (_, text, expected) => {
  const read = readRepositories(text, "f");
  const said = read.ok ? "ok" : read.error.map(({ message }) => message).join("\n");
  for (const words of expected) expect(said).toContain(words);
  expect(said).not.toContain("u:p@");
});

test.each([
  ["https://git.example.com/platform/policies.git", "platform/policies"],
  ["git@git.example.com:group/sub/project.git", "group/sub/project"],
  ["ssh://git@git.example.com:2222/a/b/", "a/b"],
  ["https://git.example.com/policies", undefined],
])("the project of %s is %s", (url, project) => {
  expect(projectIn(url)).toBe(project);
});
