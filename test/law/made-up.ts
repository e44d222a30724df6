/** Laws, firewalls and changes for tests, in few words. */
import { celEngine } from "../../src/adapters/cel/engine.ts";
import { readObjects } from "../../src/adapters/manifests/read-objects.ts";
import type { RegoEngine } from "../../src/app/law/clause-engines.ts";
import { lawBench } from "../../src/app/law/law-bench.ts";
import type { LawAnswer, LawInput } from "../../src/app/law/law-judge.ts";
import { lawJudge } from "../../src/app/law/make-law-judge.ts";
import type { StoredLaw } from "../../src/app/state/law-book.ts";

export const people = { ada: { subject: "local:ada", name: "Ada" }, ben: { subject: "local:ben", name: "Ben" } };

export function lawOf(clauses: string, scope = ""): string {
  const body = clauses.trim().replaceAll(/^/gm, "    ");
  return `apiVersion: postern.dev/v1\nkind: EgressLaw\nmetadata:\n  name: company\nspec:\n${scope}  clauses:\n${body}\n`;
}

/** `Allow 203.0.113.0/24 tcp/443`, `Allow *.example.com`, one a line. */
export function firewall(...rules: readonly string[]): string {
  const written = rules.map((rule) => {
    const [type, to, ...ports] = rule.split(" ");
    const key = to!.includes("/") ? "cidrSelector" : "dnsName";
    const list = ports.map(
      (port) => `{ protocol: ${port.split("/")[0]!.toUpperCase()}, port: ${port.split("/")[1]!} }`,
    );
    const tail = list.length === 0 ? "" : `\n      ports: [${list.join(", ")}]`;
    return `    - type: ${type}\n      to:\n        ${key}: "${to}"${tail}`;
  });
  return `apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  egress:\n${written.join("\n")}\n`;
}

export const end = ["Deny 0.0.0.0/0", "Deny ::/0"];

export function storedLaw(text: string): StoredLaw {
  return { name: "company", version: 3, text, changedAtMs: 0, changedBy: people.ada };
}

export function changeFor(change: Partial<LawInput> = {}): LawInput {
  return {
    cluster: "east",
    namespace: "shop",
    kind: "EgressFirewall",
    policyName: "default",
    manifest: firewall(...end),
    baseManifest: undefined,
    dossier: undefined,
    origin: "edited",
    author: people.ada,
    editors: [people.ada],
    approvers: [],
    justification: "",
    ticket: "",
    labels: [],
    expiresAtMs: undefined,
    nowMs: Date.UTC(2026, 0, 1),
    ...change,
  };
}

export function judge(law: string, change: Partial<LawInput> = {}, rego?: RegoEngine): Promise<LawAnswer> {
  const bench = lawBench({ readManifests: readObjects, cel: celEngine, rego });
  return lawJudge({ bench, laws: () => Promise.resolve([storedLaw(law)]) }).judge(changeFor(change));
}

export async function breaches(
  clauses: string,
  change: Partial<LawInput> = {},
  rego?: RegoEngine,
): Promise<readonly string[]> {
  const { verdicts } = await judge(lawOf(clauses), change, rego);
  return verdicts.map(
    ({ clause, message, rule, line }) =>
      `${clause}${rule === null ? "" : ` rule ${rule}`}${line === null ? "" : ` line ${line}`}: ${message}`,
  );
}
