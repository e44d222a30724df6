import { describe, expect, test } from "vitest";
import { celEngine } from "../../src/adapters/cel/engine.ts";
import { readObjects } from "../../src/adapters/manifests/read-objects.ts";
import { readLawText } from "../../src/app/law/read-law-text.ts";
import { lawOf } from "./made-up.ts";

describe("a law is read strictly", () => {
  const read = (text: string): readonly string[] =>
    readLawText("company.yaml", text, { readManifests: readObjects, cel: celEngine, rego: undefined }).findings.map(
      ({ severity, at, message, fix }) => `${severity} ${at.line}:${at.column} ${at.path}: ${message}; ${fix}`,
    );

  test.each([
    [
      "- name: few\n  mostRulez: 1",
      /^error 8:18 spec\.clauses\[0\]\.mostRulez: `spec\.clauses\[0\]` has no field `mostRulez`; write `mostRules`/,
    ],
    ["- mostRules: 1", /`name` is missing; give the clause a name that stays/],
    ["- name: Few Rules\n  mostRules: 1", /`Few Rules` is no name/],
    ["- name: few\n  mostRules: 1\n- name: few\n  mostRules: 2", /^error 9:13 .*clause 0 is called `few` already/],
    ["- name: few", /the clause asks for nothing; write exactly one of forbidden, mustDeny/],
    ["- name: few\n  mostRules: 1\n  defaultDeny: true", /asks for `mostRules` and `defaultDeny`/],
    [
      "- name: a\n  forbidden: { addresses: [10.0.0.1/8] }",
      /host bits set, did you mean `10\.0\.0\.0\/8`\?; write `10\.0\.0\.0\/8`/,
    ],
    ["- name: a\n  forbidden: { addresses: [somewhere] }", /`somewhere` is not a CIDR block/],
    ["- name: a\n  forbidden: { names: ['*bad'] }", /is no name, nor one with `\*\.` before it/],
    ["- name: a\n  forbidden: { ports: [tcp/443] }", /`addresses` is missing; list `addresses`, `names` or both/],
    ["- name: a\n  forbidden: { addresses: [10.0.0.0/8], ports: [http] }", /`http` is no port; write `tcp\/443`/],
    ["- name: a\n  widestPrefix: { ipv4: 33 }", /`33` is no whole number from 0 to 32/],
    ["- name: a\n  mostRules: '3'", /`3` is no whole number from 1 to 100000; write it without quotes/],
    ["- name: a\n  ports: { never: [443] }", /`443` does not say a protocol; write `tcp\/443`/],
    ["- name: a\n  kinds: { only: [EgresFirewall] }", /write `EgressFirewall`/],
    ["- name: a\n  ticket: { pattern: '(a+)+' }", /the pattern `\(a\+\)\+` has a `\(`, but groups are not known here/],
    [
      "- name: a\n  cel: { expression: 'object.spec.egress.all(r, ' }",
      /^error .*the expression of clause `a` is wrong at its character 27: unexpected token/,
    ],
    ["- name: a\n  cel: { expression: 'objekt.spec == 1' }", /wrong at its character 1: unknown variable: objekt/],
    ["- name: a\n  rego: { path: postern/egress }", /^warning .*no OPA is configured here/],
    ["- name: a\n  rego: { path: ../secret }", /is no path of OPA's data/],
    ["- name: a\n  widestPrefix: { ipv4: 16 }", /^warning .*`ipv6` is not limited/],
    ["- name: a\n  effect: forbid\n  defaultDeny: true", /write `forbids`/],
  ])("%s", (clauses, told) => expect(read(lawOf(clauses)).join("\n")).toMatch(told));

  test("one law a text", () => {
    expect(
      read(`${lawOf("- name: a\n  defaultDeny: true")}---\n${lawOf("- name: b\n  defaultDeny: true")}`)[0],
    ).toMatch(/more than one document/);
    expect(read("")[0]).toMatch(/the text is empty/);
    expect(read("a: [")[0]).toMatch(/^error/);
    expect(read("kind: EgressLaw\n").join("\n")).toMatch(/`undefined` is not known here|is missing/);
  });
});
