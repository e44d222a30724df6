import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../", import.meta.url));
const postern = join(root, "bin/postern");
const folder = mkdtempSync(join(tmpdir(), "postern-ci-"));
const repository = join(folder, "work");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where the change leaves the branch that it goes to. */
let base = "";

const law = `apiVersion: postern.dev/v1
kind: EgressLaw
metadata: { name: company }
spec:
  clauses:
    - name: closed
      defaultDeny: true
    - name: no-metadata
      forbidden: { addresses: [169.254.169.254] }
    - name: ticket
      ticket: { pattern: "SHOP-[0-9]+" }
`;

const firewall = (...blocks: readonly string[]): string => `apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata: { name: default, namespace: shop }
spec:
  egress:
${blocks.map((block) => `    - { type: Allow, to: { cidrSelector: "${block}" } }`).join("\n")}
    - { type: Deny, to: { cidrSelector: 0.0.0.0/0 } }
    - { type: Deny, to: { cidrSelector: "::/0" } }
`;

function git(...words: readonly string[]): void {
  const own = ["-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false", ...words];
  const { status, stderr } = spawnSync("git", own, { cwd: repository, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

function write(file: string, text: string): void {
  mkdirSync(join(repository, file, ".."), { recursive: true });
  writeFileSync(join(repository, file), text);
}

/** What a pull request would hold: a commit behind the branch it goes to. */
function change(block: string): void {
  write("policies/shop.yaml", firewall("192.0.2.0/24", block));
  git("commit", "-aqm", "change");
}

beforeAll(() => {
  mkdirSync(repository);
  git("init", "-q", "-b", "main");
  write("law/company.yaml", law);
  write("policies/shop.yaml", firewall("192.0.2.0/24"));
  // It breaks the law already, and nobody's change is held to account for it.
  write("policies/old.yaml", firewall("169.254.0.0/16").replace("namespace: shop", "namespace: old"));
  git("add", ".");
  git("commit", "-qm", "before");
  spawnSync("git", ["clone", "-q", "--bare", repository, join(folder, "origin.git")]);
  git("remote", "add", "origin", `file://${join(folder, "origin.git")}`);
  git("fetch", "-q", "origin");
  git("checkout", "-qb", "change");
  base = spawnSync("git", ["rev-parse", "main"], { cwd: repository, encoding: "utf8" }).stdout.trim();
});

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

function run(shell: string, script: string, env: Readonly<Record<string, string>>, words: readonly string[] = []): Ran {
  const file = join(folder, "script.sh");
  writeFileSync(file, script);
  const { status, stdout, stderr } = spawnSync(shell, [file, ...words], {
    cwd: repository,
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", HOME: folder, RUNNER_TEMP: folder, ...env },
  });
  return { code: status, output: stdout + stderr };
}

type Values = Readonly<Record<string, string>>;

function github(words: { readonly ticket: string }): Ran {
  const action = parse(readFileSync(join(root, "deploy/ci/github/action.yml"), "utf8")) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
    readonly runs: {
      readonly steps: readonly { readonly env: Values; readonly run: string; readonly shell: string }[];
    };
  };
  const [step] = action.runs.steps;
  const given: Values = {
    policies: "policies\n",
    law: "law",
    base: "main",
    ticket: words.ticket,
    justification: 'it is "needed" $(touch hacked)',
    postern,
  };
  const valueOf = (text: string): string => {
    const name = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(text)?.[1] ?? "";
    expect(Object.keys(action.inputs)).toContain(name);
    return given[name] ?? action.inputs[name]?.default ?? "";
  };
  const env = Object.fromEntries(Object.entries(step!.env).map(([name, text]) => [name, valueOf(text)]));
  // What people write must never become part of the script.
  expect(step!.run).not.toContain("${{");
  return run(step!.shell, step!.run, env);
}

function gitlab(words: { readonly ticket: string }): Ran {
  const job = (
    parse(readFileSync(join(root, "deploy/ci/gitlab/postern-check.yml"), "utf8")) as Record<
      string,
      { readonly variables: Values; readonly script: readonly string[] }
    >
  )["postern-check"]!;
  const given = { POSTERN_LAW: "law", POSTERN_COMMAND: postern, CI_MERGE_REQUEST_DIFF_BASE_SHA: base };
  const own = { CI_MERGE_REQUEST_TITLE: words.ticket, CI_MERGE_REQUEST_DESCRIPTION: "it is `needed`" };
  return run("sh", job.script.join("\n"), { ...job.variables, ...given, ...own });
}

function tekton(words: { readonly ticket: string }): Ran {
  const task = parse(readFileSync(join(root, "deploy/ci/tekton/postern-check.yaml"), "utf8")) as {
    readonly spec: {
      readonly params: readonly { readonly name: string; readonly default?: string }[];
      readonly steps: readonly {
        readonly script: string;
        readonly env: readonly { readonly name: string; readonly value: string }[];
      }[];
    };
  };
  const [step] = task.spec.steps;
  const given: Values = { law: "law", ticket: words.ticket, justification: "it is needed", command: postern };
  const valueOf = (text: string): string => {
    if (text === "$(results.passed.path)") return join(folder, "passed");
    const name = /^\$\(params\.([\w-]+)\)$/.exec(text)?.[1];
    const param = task.spec.params.find((each) => each.name === name);
    expect(param).toBeDefined();
    return given[param!.name] ?? param!.default ?? "";
  };
  expect(step!.script).not.toContain("$(params");
  const ran = run("sh", step!.script, Object.fromEntries(step!.env.map(({ name, value }) => [name, valueOf(value)])), [
    "policies",
  ]);
  expect(readFileSync(join(folder, "passed"), "utf8")).toBe(String(ran.code === 0));
  return ran;
}

describe.each([
  ["GitHub's action", github],
  ["GitLab's job", gitlab],
  ["Tekton's task", tekton],
] as const)("%s", (name, entry) => {
  test("lets a lawful change pass, although the law is broken elsewhere", () => {
    change("203.0.113.0/24");
    const { code, output } = entry({ ticket: "SHOP-7: reach the new partner" });
    expect(`${code} ${output}`).toMatch(/^0 [\s\S]*passed: 1 object changes/);
  });

  test("stops a change that opens what the law forbids", () => {
    change("169.254.0.0/16");
    const { code, output } = entry({ ticket: "SHOP-7: reach the node" });
    expect(`${code} ${output}`).toMatch(/^3 [\s\S]*not to be merged: 1 object changes, 1 breach of the law/);
  });

  test("stops a change without a ticket", () => {
    change("203.0.113.0/25");
    expect(entry({ ticket: "small fix" }).code).toBe(3);
  });

  test(`writes what ${name} reads`, () => {
    change("198.51.100.0/24");
    entry({ ticket: "SHOP-8" });
    if (entry === github) {
      expect(readFileSync(join(folder, "postern.md"), "utf8")).toMatch(/^<!-- postern check -->\n### Postern: ✅/);
      expect((JSON.parse(readFileSync(join(folder, "postern.sarif"), "utf8")) as { version: string }).version).toBe(
        "2.1.0",
      );
    }
    if (entry === gitlab) expect(readFileSync(join(repository, "postern-junit.xml"), "utf8")).toContain("<testsuites");
    expect(spawnSync("test", ["-e", join(repository, "hacked")]).status).toBe(1);
  });
});
