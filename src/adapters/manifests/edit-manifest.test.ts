import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../core/policy/manifest.ts";
import { applyRuleEdits, type PrintedRule, type RuleEdit } from "../../core/policy/rule-edit.ts";
import { readDocuments } from "./documents.ts";
import { editManifest } from "./edit-manifest.ts";
import { objectsOf } from "./read-manifests.ts";

function objectsIn(text: string, file = "shop.yaml"): readonly Manifest[] {
  const { documents, lines } = readDocuments(file, text);
  return documents.flatMap((placed) => objectsOf(file, lines, placed));
}

/** Edits the n-th object of a text. */
function edit(text: string, edits: readonly RuleEdit[], object = 0): string {
  const at = objectsIn(text)[object]!.locate([]);
  const edited = editManifest("shop.yaml", text, [{ at, edits }]);
  return edited.ok ? edited.value : `${edited.error.line}:${edited.error.column} ${edited.error.message}`;
}

const allow = (cidr: string, port?: number, comment: readonly string[] = []): PrintedRule => ({
  value: {
    type: "Allow",
    to: { cidrSelector: cidr },
    ...(port === undefined ? {} : { ports: [{ protocol: "TCP", port }] }),
  },
  comment,
});

const block = `# the payments team's firewall
apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata: {name: default, namespace: shop}   # one per namespace
spec:
  egress:
    # Stripe, asked for by Ann
    - type: Allow
      to:
        dnsName: "api.stripe.com"   # EU and US
      ports:
        - protocol: TCP
          port: 443

    # --- the data centre ---
    - type: Allow
      to: {cidrSelector: 10.20.0.0/24}
    - type: Allow
      to: {cidrSelector: 10.20.1.0/24}

    # everything else
    - type: Deny
      to: {cidrSelector: 0.0.0.0/0}
`;

describe("block style", () => {
  test.each<[string, readonly RuleEdit[]]>([
    ["a rule goes with its own comment", [{ kind: "remove", rule: 0 }]],
    ["a comment that heads a group stays", [{ kind: "remove", rule: 1 }]],
    [
      "a new rule looks like its neighbours and stands before the comment of the next",
      [{ kind: "insert", before: 3, add: allow("203.0.113.0/28", 443, ["Acme, seen daily"]) }],
    ],
    ["a new first rule", [{ kind: "insert", before: 0, add: allow("203.0.113.0/28") }]],
    ["a new last rule", [{ kind: "insert", before: 4, add: allow("203.0.113.0/28") }]],
    ["only the word that differs is changed", [{ kind: "replace", rule: 1, by: allow("10.20.0.64/26") }]],
    [
      "comments inside a rule that is written anew stay above it",
      [{ kind: "replace", rule: 0, by: allow("203.0.113.7/32", 443) }],
    ],
    [
      "several at once",
      [
        { kind: "remove", rule: 2 },
        { kind: "replace", rule: 1, by: allow("10.20.0.0/23") },
        { kind: "insert", before: 3, add: allow("192.0.2.1/32", 80) },
        { kind: "insert", before: 3, add: allow("192.0.2.2/32", 80) },
      ],
    ],
    ["all rules go", [0, 1, 2, 3].map((rule) => ({ kind: "remove", rule }))],
  ])("%s", async (title, edits) => {
    const name = title.replaceAll(/[^a-z]+/g, "-");
    await expect(edit(block, edits)).toMatchFileSnapshot(`../../../test/golden/edit/${name}.yaml`);
  });
});

const oneLine = (rules: string): string =>
  `apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  egress:${rules}`;

test.each([
  [
    "compact lists stay compact",
    oneLine(
      "\n  - type: Allow\n    to:\n      cidrSelector: 10.0.0.0/8\n    ports:\n    - port: 1\n      protocol: TCP",
    ),
    oneLine(
      "\n  - type: Allow\n    to:\n      cidrSelector: 10.0.0.0/8\n    ports:\n    - port: 1\n      protocol: TCP\n" +
        "  - type: Allow\n    to:\n      cidrSelector: 192.0.2.1/32\n    ports:\n    - protocol: TCP\n      port: 80\n",
    ),
  ],
  [
    "rules on one line",
    oneLine("\n    - { type: Deny, to: { cidrSelector: '10.0.0.0/8' } } # old\n"),
    oneLine(
      "\n    - { type: Deny, to: { cidrSelector: '10.0.0.0/8' } } # old\n" +
        "    - { type: Allow, to: { cidrSelector: '192.0.2.1/32' }, ports: [{ protocol: TCP, port: 80 }] }\n",
    ),
  ],
  [
    "a list with brackets",
    oneLine(" [{type: Deny, to: {cidrSelector: 10.0.0.0/8}}]\n"),
    oneLine(
      " [{type: Deny, to: {cidrSelector: 10.0.0.0/8}}, {type: Allow, to: {cidrSelector: 192.0.2.1/32}, ports: [{protocol: TCP, port: 80}]}]\n",
    ),
  ],
  [
    "an empty list",
    oneLine(" []  # nothing yet\n"),
    oneLine(
      "  # nothing yet\n    - type: Allow\n      to:\n        cidrSelector: 192.0.2.1/32\n      ports:\n        - protocol: TCP\n          port: 80\n",
    ),
  ],
  [
    "Windows line ends",
    oneLine("\n  - type: Deny\n    to:\n      cidrSelector: 10.0.0.0/8\n").replaceAll("\n", "\r\n"),
    oneLine(
      "\n  - type: Deny\n    to:\n      cidrSelector: 10.0.0.0/8\n  - type: Allow\n    to:\n      cidrSelector: 192.0.2.1/32\n    ports:\n    - protocol: TCP\n      port: 80\n",
    ).replaceAll("\n", "\r\n"),
  ],
])("%s", (_, before, after) => {
  const count = before.includes("[]") ? 0 : 1;
  expect(edit(before, [{ kind: "insert", before: count, add: allow("192.0.2.1/32", 80) }])).toBe(after);
});

const firewall = {
  apiVersion: "k8s.ovn.org/v1",
  kind: "EgressFirewall",
  metadata: { name: "default", namespace: "shop" },
};

test.each([
  ["JSON over several lines", 2],
  ["JSON on one line", undefined],
  ["JSON with tabs", "\t"],
] as const)("%s stays as if it had been written so", (_, indent) => {
  const rules = [
    allow("10.0.0.0/8").value,
    allow("10.0.0.0/9", 1).value,
    { type: "Deny", to: { cidrSelector: "::/0" } },
  ];
  const print = (egress: readonly unknown[]): string =>
    JSON.stringify({ ...firewall, spec: { egress } }, undefined, indent);
  const added = allow("192.0.2.1/32", 80);
  expect(edit(print(rules), [{ kind: "insert", before: 2, add: added }])).toBe(
    print([rules[0], rules[1], added.value, rules[2]]),
  );
  expect(edit(print(rules), [{ kind: "remove", rule: 0 }])).toBe(print(rules.slice(1)));
  expect(edit(print(rules), [{ kind: "remove", rule: 2 }])).toBe(print(rules.slice(0, 2)));
  expect(edit(print(rules), [{ kind: "replace", rule: 0, by: added }])).toBe(print([added.value, ...rules.slice(1)]));
  expect(edit(print([]), [{ kind: "insert", before: 0, add: added }])).toBe(print([added.value]));
});

test("one object of several documents and of a list is edited, the others are not looked at", () => {
  const list = {
    apiVersion: "v1",
    kind: "List",
    items: [firewall, firewall].map((own) => ({ ...own, spec: { egress: [] } })),
  };
  const text = `---\n# first\n${block}---\n${block}...\n---\n${JSON.stringify(list, undefined, 2)}\n`;
  const edited = edit(text, [{ kind: "remove", rule: 3 }], 1);
  expect(edited.startsWith(`---\n# first\n${block}---\n`)).toBe(true);
  expect(edited.endsWith(`\n${JSON.stringify(list, undefined, 2)}\n`)).toBe(true);
  expect(edited.length).toBeLessThan(text.length);
  const inList = edit(text, [{ kind: "insert", before: 0, add: allow("10.0.0.0/8") }], 3);
  expect(objectsIn(inList).map(({ value }) => (value as { spec: { egress: unknown[] } }).spec.egress.length)).toEqual([
    4, 4, 0, 1,
  ]);
});

test.each([
  [
    "an alias in a rule",
    oneLine("\n  - type: Allow\n    to: &dc {cidrSelector: 10.0.0.0/8}\n  - type: Deny\n    to: *dc\n"),
    "9:13 the rules use an anchor",
  ],
  [
    "a merge key",
    `x: &a {type: Allow}\n${oneLine("\n  - <<: *a\n    to: {cidrSelector: 10.0.0.0/8}\n")}`,
    "9:5 the rules use",
  ],
  [
    "a comment between brackets",
    oneLine(" [\n   # what\n   {type: Deny, to: {cidrSelector: 10.0.0.0/8}}]\n"),
    "7:11 the list is written",
  ],
  [
    "no list",
    "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default}\nspec: {}\n",
    "1:1 the object has no list",
  ],
])("%s is refused with its place", (_, text, message) => {
  expect(edit(text, [{ kind: "remove", rule: 0 }])).toContain(message);
});

const arbitraryRule = fc
  .record({
    cidr: fc.constantFrom("10.0.0.0/8", "::/0", "2001:db8::/32", "192.0.2.7/32"),
    port: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
  })
  .map(({ cidr, port }) => allow(cidr, port));
const style = fc.record({
  compact: fc.boolean(),
  comment: fc.constantFrom("", "# a comment\n", "\n# after a blank line\n", "# - type: Allow\n"),
  tail: fc.constantFrom("", " # trailing", "   "),
  flow: fc.boolean(),
});

function written(
  rule: PrintedRule,
  { compact, comment, tail, flow }: { compact: boolean; comment: string; tail: string; flow: boolean },
): string {
  const pad = compact ? "  " : "    ";
  const above = comment.replaceAll(/^(?=#)/gm, pad);
  const value = rule.value as { type: string; to: { cidrSelector: string }; ports?: { port: number }[] };
  const to = `'${value.to.cidrSelector}'`;
  if (flow) {
    const ports = value.ports === undefined ? "" : `, ports: [{protocol: TCP, port: ${value.ports[0]!.port}}]`;
    return `${above}${pad}- {type: Allow, to: {cidrSelector: ${to}}${ports}}${tail}\n`;
  }
  const ports =
    value.ports === undefined
      ? ""
      : `${pad}  ports:\n${pad}  - port: ${value.ports[0]!.port}\n${pad}    protocol: TCP${tail}\n`;
  return `${above}${pad}- type: Allow\n${pad}  to:\n${pad}    cidrSelector: ${to}${tail}\n${ports}`;
}

test("rules that are not touched keep their bytes, and reading gives exactly what was planned", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(arbitraryRule, style), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.array(fc.constantFrom("keep", "remove", "replace"), { minLength: 6, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(6), arbitraryRule), { maxLength: 3 }),
      arbitraryRule,
      (rules, compact, fates, inserts, other) => {
        const texts = rules.map(([rule, own]) => written(rule, { ...own, compact }));
        const text = oneLine(`\n${texts.join("")}`);
        const edits: RuleEdit[] = [
          ...rules.flatMap((_, rule): RuleEdit[] => {
            const fate = fates[rule]!;
            if (fate === "keep") return [];
            return [fate === "remove" ? { kind: "remove", rule } : { kind: "replace", rule, by: other }];
          }),
          ...inserts.map(([at, add]): RuleEdit => ({ kind: "insert", before: Math.min(at, rules.length), add })),
        ];
        const edited = edit(text, edits);
        const [object] = objectsIn(edited);
        const planned = applyRuleEdits<unknown>(
          rules.map(([rule]) => rule.value),
          edits,
          (rule) => rule.value,
        );
        expect((object!.value as { spec: { egress: unknown } }).spec.egress).toEqual(planned);
        for (const [i, own] of texts.entries()) if (fates[i] === "keep") expect(edited).toContain(own.trim());
      },
    ),
    { numRuns: 2_000 },
  );
});
