import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { celEngine } from "../../src/adapters/cel/engine.ts";
import { readObjects } from "../../src/adapters/manifests/read-objects.ts";
import type { CelProgram } from "../../src/app/law/clause-engines.ts";
import { manifestForTest } from "../../src/core/policy/kinds/manifest-for-test.ts";
import type { EgressPolicy } from "../../src/core/policy/model.ts";
import { readPolicy } from "../../src/core/policy/read-policy.ts";
import { lawPort } from "../../src/main/law-port.ts";
import { exportAdmission } from "../../src/pipeline/propose/law/admission/export-admission.ts";
import { judgeClause } from "../../src/pipeline/propose/law/judge-clause.ts";
import type { Law } from "../../src/pipeline/propose/law/law.ts";
import { readLaw } from "../../src/pipeline/propose/law/read-law.ts";

/** A law of one clause, as people write it. */
function lawOf(clause: string): Law {
  const text = `apiVersion: postern.dev/v1\nkind: EgressLaw\nmetadata: { name: company }\nspec:\n  clauses:\n    - name: own\n      ${clause}\n`;
  const { law, findings } = readLaw(readObjects("law.yaml", text).manifests[0]!);
  if (law === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return law;
}

/** What the built-in clause says: true is lawful. */
function isLawful(law: Law, object: unknown): boolean {
  const policy = readPolicy(manifestForTest(object))?.policy as EgressPolicy;
  const given = {
    cluster: "east",
    namespace: "shop",
    policy,
    base: undefined,
    beside: [],
    proposal: undefined,
    risk: undefined,
    nowMs: 0,
  };
  return judgeClause(law.clauses[0]!, given).length === 0;
}

const compiled = new WeakMap<Law, Map<string, readonly CelProgram[]>>();

/** The expressions that a cluster would ask about objects of a kind. */
function programsOf(law: Law, kind: string): readonly CelProgram[] {
  const own = compiled.get(law) ?? new Map<string, readonly CelProgram[]>();
  compiled.set(law, own);
  const known = own.get(kind);
  if (known !== undefined) return known;
  const { objects } = exportAdmission(law, undefined, () => true);
  const isOwn = ({ name }: { readonly name: string }): boolean => name.endsWith(`.${kind.toLowerCase()}`);
  const programs = objects
    .filter((each) => each.kind === "ValidatingAdmissionPolicy" && isOwn(each.metadata as { name: string }))
    .flatMap(({ spec }) => (spec as unknown as { readonly validations: Validations }).validations)
    .map(({ expression }) => {
      const program = celEngine.compile(expression);
      if (!program.ok) throw new Error(`${expression}: ${program.error.message}`);
      return program.value;
    });
  own.set(kind, programs);
  return programs;
}

/** What a cluster with the exported policies says of the same object. */
function isAdmitted(law: Law, object: { readonly kind: string }): boolean {
  return programsOf(law, object.kind).every((program) => {
    const variables = { object, oldObject: null, request: {}, namespaceObject: null, proposal: null, dossier: null };
    const answer = program.evaluate(variables);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value;
  });
}

type Validations = readonly { readonly expression: string }[];

const blocks = [
  "0.0.0.0/0",
  "::/0",
  "10.0.0.0/8",
  "10.1.0.0/16",
  "169.254.169.254/32",
  "203.0.113.0/24",
  "2001:db8::/32",
  "2001:db8::1/128",
];
const hosts = ["api.example.com", "*.example.com", "deep.api.example.com", "pastebin.com", "*.com", "API.Example.com."];
const port = fc.constantFrom(
  { protocol: "TCP", port: 443 },
  { protocol: "TCP", port: 23 },
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 5432 },
);
const to = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...blocks).map((cidrSelector) => ({ cidrSelector })) },
  { weight: 1, arbitrary: fc.constantFrom(...hosts).map((dnsName) => ({ dnsName })) },
);
const allow = fc.record({ to, ports: fc.array(port, { maxLength: 2 }) }).map(({ to: own, ports }) => ({
  type: "Allow",
  to: own,
  ...(ports.length === 0 ? {} : { ports }),
}));
const deny = to.map((own) => ({ type: "Deny", to: own }));
const end = ["0.0.0.0/0", "::/0"].map((cidrSelector) => ({ type: "Deny", to: { cidrSelector } }));
const firewall = fc
  .record({ rules: fc.array(fc.oneof(allow, deny), { maxLength: 5 }), isClosed: fc.boolean() })
  .map(({ rules, isClosed }) => ({
    apiVersion: "k8s.ovn.org/v1",
    kind: "EgressFirewall",
    metadata: { name: "default", namespace: "shop" },
    spec: { egress: isClosed ? [...rules, ...end] : rules },
  }));

const networkPolicy = fc
  .array(
    fc.record({
      to: fc.array(
        fc.record({ cidr: fc.constantFrom(...blocks), isCut: fc.boolean() }).map(({ cidr, isCut }) => ({
          ipBlock: cidr === "10.0.0.0/8" && isCut ? { cidr, except: ["10.1.0.0/16"] } : { cidr },
        })),
        { maxLength: 2 },
      ),
      ports: fc.array(fc.oneof(port, fc.constant({ protocol: "TCP", port: 8000, endPort: 9000 })), { maxLength: 2 }),
    }),
    { maxLength: 3 },
  )
  .map((egress) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "egress", namespace: "shop" },
    spec: { podSelector: {}, policyTypes: ["Egress"], egress },
  }));

/** A cluster says exactly what the clause says, for objects that do not make one block up of several. */
const exact = [
  "forbidden: { addresses: [169.254.169.254] }",
  "forbidden: { addresses: [10.1.2.3, '2001:db8::1'], ports: [tcp/443, udp/53] }",
  "mustDeny: { addresses: [169.254.169.254] }",
  "mustDeny: { addresses: [10.1.2.3], ports: [tcp/1-1024] }",
  "names: { wildcards: false }",
  "names: { leastLabels: 2 }",
  "names: { only: [api.example.com, '*.example.org'] }",
  "mostRules: 3",
  "defaultDeny: true",
];
/** A cluster refuses at least what the clause refuses. */
const stricter = [
  "forbidden: { names: [pastebin.com, '*.example.com'] }",
  "mustAllow: { addresses: [203.0.113.53], ports: [udp/53] }",
  "widestPrefix: { ipv4: 16, ipv6: 48, except: [10.0.0.0/8] }",
  "ports: { only: [tcp/443, tcp/5432] }",
  "ports: { never: [tcp/23] }",
  "forbidden: { addresses: [10.0.0.0/8] }",
];

describe("a cluster with the exported policies", () => {
  test.each(exact)("says of firewalls what the clause says: %s", (clause) => {
    const law = lawOf(clause);
    fc.assert(
      fc.property(firewall, (object) => {
        expect(isAdmitted(law, object)).toBe(isLawful(law, object));
      }),
      { numRuns: 300 },
    );
  });

  test.each(stricter)("admits no firewall that the clause refuses: %s", (clause) => {
    const law = lawOf(clause);
    fc.assert(
      fc.property(firewall, (object) => {
        expect(isLawful(law, object) || !isAdmitted(law, object)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    "forbidden: { addresses: [169.254.169.254] }",
    "forbidden: { addresses: [10.1.2.3], ports: [tcp/443] }",
    "ports: { never: [tcp/23] }",
    "ports: { only: [tcp/443, tcp/8000-9000] }",
    "mostRules: 2",
  ])("says of network policies what the clause says: %s", (clause) => {
    const law = lawOf(clause);
    fc.assert(
      fc.property(networkPolicy, (object) => {
        expect(isAdmitted(law, object)).toBe(isLawful(law, object));
      }),
      { numRuns: 300 },
    );
  });

  test("admits no network policy with a wider block", () => {
    const law = lawOf("widestPrefix: { ipv4: 16, ipv6: 48 }");
    fc.assert(
      fc.property(networkPolicy, (object) => {
        expect(isLawful(law, object) || !isAdmitted(law, object)).toBe(true);
      }),
    );
  });

  test("holds an own expression as it is, and none about what only Postern knows", () => {
    const cel = exportAdmission(lawOf('cel: { expression: "object.spec.egress.size() < 9" }'), undefined, () => true);
    expect(JSON.stringify(cel.objects)).toContain("object.spec.egress.size() < 9");
    const ours = exportAdmission(lawOf("cel: { expression: \"proposal.risk == 'low'\" }"), undefined, () => true);
    expect(ours.objects).toEqual([]);
    expect(ours.remarks[0]).toMatchObject({ isExported: false, text: "the cluster has no `proposal`" });
  });

  test("is asked about the namespaces of the clause only, and warns where the clause warns", () => {
    const law = lawOf(
      "effect: warns\n      scope: { namespaces: ['team-*', shop], except: ['*.old'] }\n      mostRules: 3",
    );
    const [policy, binding] = exportAdmission(law, undefined, () => true).objects;
    expect(policy?.spec).toMatchObject({
      failurePolicy: "Fail",
      matchConditions: [
        { name: "namespaces-1", expression: "request.namespace.matches('^team-.*$') || request.namespace == 'shop'" },
        { name: "except-1", expression: String.raw`!(request.namespace.matches('^.*\\.old$'))` },
      ],
    });
    expect(binding?.spec).toMatchObject({ validationActions: ["Warn", "Audit"] });
  });

  test("is asked about kinds of the whole cluster without a namespace, which they have none of", () => {
    const law = lawOf("scope: { namespaces: [shop] }\n      kinds: { only: [EgressFirewall] }");
    const { objects, remarks } = exportAdmission(law, undefined, () => true);
    const specOf = (kind: string): unknown =>
      objects.find(({ metadata }) => (metadata as { name: string }).name === `postern.company.own.${kind}`)?.spec;
    expect(specOf("adminnetworkpolicy")).not.toHaveProperty("matchConditions");
    expect(specOf("networkpolicy")).toHaveProperty("matchConditions");
    expect(remarks).toContainEqual({
      clause: "own",
      kind: "AdminNetworkPolicy",
      isExported: true,
      text: "a policy of the whole cluster is asked about whatever namespaces it names",
    });
  });

  test("keeps clauses of two laws apart whose names run together", () => {
    const named = (law: string, clause: string): Law => {
      const own = lawOf("mostRules: 3");
      return { ...own, name: law, clauses: own.clauses.map((each) => ({ ...each, name: clause })) };
    };
    const names = [named("a-b", "c"), named("a", "b-c")].flatMap((law) =>
      exportAdmission(law, undefined, () => true).objects.map(({ kind, metadata }) => JSON.stringify([kind, metadata])),
    );
    expect(new Set(names.map((text) => text.replace(/,"labels".*/, ""))).size).toBe(names.length);
  });

  test("gets objects that its API takes", () => {
    const text = readFileSync(new URL("../../examples/laws/company.yaml", import.meta.url), "utf8");
    const { law } = readLaw(readObjects("company.yaml", text).manifests[0]!);
    const { objects } = exportAdmission(law!, undefined, () => true);
    const read = readObjects("admission.yaml", lawPort.print(objects)).manifests.map(({ value }) => value);
    expect(read).toEqual(objects);
    const names = (read as readonly AdmissionObject[]).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { metadata, spec, kind } of read as readonly AdmissionObject[]) {
      expect(metadata.name).toMatch(
        /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/,
      );
      if (kind === "ValidatingAdmissionPolicyBinding") {
        expect(names).toContain(`ValidatingAdmissionPolicy ${spec.policyName}`);
        continue;
      }
      for (const { expression, message, reason } of spec.validations) {
        expect(celEngine.compile(expression)).toMatchObject({ ok: true });
        expect(`${message} ${reason}`).toMatch(/^[^\n]+ Forbidden$/);
      }
      for (const { expression } of spec.matchConditions ?? [])
        expect(celEngine.compile(expression)).toMatchObject({ ok: true });
    }
  });
});

interface AdmissionObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName: string;
    readonly validations: readonly { readonly expression: string; readonly message: string; readonly reason: string }[];
    readonly matchConditions?: readonly { readonly expression: string }[];
  };
}
