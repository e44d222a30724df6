import { describe, expect, test } from "vitest";
import type { ClauseVariables } from "../../app/law/clause-engines.ts";
import { celEngine } from "./engine.ts";

const object = {
  apiVersion: "k8s.ovn.org/v1",
  kind: "EgressFirewall",
  metadata: { name: "default", namespace: "shop", labels: { team: "cart" } },
  spec: {
    egress: [
      { type: "Allow", to: { cidrSelector: "203.0.113.0/24" }, ports: [{ protocol: "TCP", port: 443 }] },
      { type: "Allow", to: { dnsName: "api.example.com" } },
      { type: "Deny", to: { cidrSelector: "0.0.0.0/0" } },
    ],
  },
};
const variables: ClauseVariables = {
  object,
  oldObject: null,
  request: { operation: "CREATE", userInfo: { username: "ada", groups: ["team"] } },
  namespaceObject: { metadata: { name: "shop" } },
  proposal: { risk: "low", justification: "because" },
  dossier: null,
};

function answer(expression: string): boolean | string {
  const program = celEngine.compile(expression);
  if (!program.ok) return `at ${program.error.offset}: ${program.error.message}`;
  const evaluated = program.value.evaluate(variables);
  return evaluated.ok ? evaluated.value : evaluated.error.message;
}

test.each([
  ["object.spec.egress.size() == 3", true],
  ["object.spec.egress.all(r, !has(r.to.cidrSelector) || isCIDR(r.to.cidrSelector))", true],
  ["object.spec.egress.exists(r, has(r.ports) && r.ports.exists(p, p.port == 443 && p.protocol == 'TCP'))", true],
  ["object.spec.egress.exists(r, has(r.ports) && r.ports.exists(p, p.port in [22, 23]))", false],
  ["object.spec.egress[object.spec.egress.size() - 1].to.cidrSelector == '0.0.0.0/0'", true],
  ["oldObject == null", true],
  ["request.operation == 'CREATE' && request.userInfo.groups.exists(g, g == 'team')", true],
  ["'team' in object.metadata.labels && object.metadata.labels['team'].startsWith('c')", true],
  ["has(object.metadata.annotations)", false],
  ["object.metadata.?annotations['x'].orValue('none') == 'none'", true],
  ["proposal.risk == 'low' || dossier == null", true],
  ["namespaceObject.metadata.name == 'shop'", true],
  ["cidr('10.0.0.0/8').containsIP('10.1.2.3')", true],
  ["cidr('10.0.0.0/8').containsIP(ip('2001:db8::1'))", false],
  ["cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))", true],
  ["cidr('10.1.0.0/16').containsCIDR('10.0.0.0/8')", false],
  ["cidr('10.1.2.3/8').prefixLength() == 8 && string(cidr('10.1.2.3/8').masked()) == '10.0.0.0/8'", true],
  ["cidr('2001:db8::/32').containsIP('2001:db8:1::')", true],
  ["cidr('10.1.2.3/8').ip() == ip('10.1.2.3')", true],
  ["ip('169.254.169.254').isLinkLocalUnicast() && ip('fe80::1').family() == 6", true],
  ["isIP('::ffff:10.0.0.1')", false],
  ["[1, 2, 2].isSorted()", true],
])("%s is %s", (expression, truth) => expect(answer(expression)).toBe(truth));

describe("what is wrong is told where it stands", () => {
  test.each([
    ["object.spec.egress.all(r, ", /^at 26: unexpected token/],
    ["object.a == thing.b", /^at 12: unknown variable: thing/],
    ["1 + 1", /must be true or false/],
    ["object.spec.egress.all(r, r.ports.size() > 0)", /no such key: ports/],
    ["object.spec", /neither true nor false/],
    ["cidr('here').prefixLength() == 1", /no CIDR block/],
  ])("%s", (expression, why) => expect(answer(expression)).toMatch(why));
});

test("an expression cannot take for ever", () => {
  const text = `${"a".repeat(40)}!`;
  expect(answer(`'${text}'.matches('(a+)+$') || true`)).toMatch(/took longer/);
});

test("nor look at more than there may be", () => {
  const program = celEngine.compile("object.size() > 0");
  if (!program.ok) throw new Error(program.error.message);
  const many = Array.from({ length: 600_000 }, () => 0);
  expect(program.value.evaluate({ ...variables, object: many })).toMatchObject({ ok: false });
});

test("names of a document are keys and nothing else", () => {
  expect(answer("has(object.constructor) || has(object.__proto__) || has(object.toString)")).toBe(false);
});
