import { describe, expect, test } from "vitest";
import { celEngine } from "../../src/adapters/cel/engine.ts";
import { readObjects } from "../../src/adapters/manifests/read-objects.ts";
import type { RegoEngine } from "../../src/app/law/clause-engines.ts";
import { lawBench } from "../../src/app/law/law-bench.ts";
import type { LawInput } from "../../src/app/law/law-judge.ts";
import { lawJudge } from "../../src/app/law/make-law-judge.ts";
import { fail, ok } from "../../src/core/result.ts";
import { breaches, end, firewall, judge, lawOf, people } from "./made-up.ts";

describe("what people say of the change", () => {
  test.each([
    ["a ticket that fits", "ticket: { pattern: '[A-Z]+-[0-9]+' }", { ticket: "SEC-7" }, []],
    [
      "one that does not",
      "ticket: { pattern: '[A-Z]+-[0-9]+' }",
      { ticket: "soon" },
      ["the ticket `soon` does not fit `[A-Z]+-[0-9]+`"],
    ],
    [
      "a justification of blanks",
      "justification: { leastLength: 5 }",
      { justification: "  a    b  " },
      ["the justification needs at least 5 characters, it has 3"],
    ],
    [
      "a change without an end",
      "temporary: { mostDays: 30, required: true }",
      {},
      ["the change needs an end, at most 30 days from now"],
    ],
    [
      "one for too long",
      "temporary: { mostDays: 30 }",
      { expiresAtMs: Date.UTC(2026, 2, 1) },
      ["the change would stay for 59 days, and may stay for 30"],
    ],
    ["one for days", "temporary: { mostDays: 30 }", { expiresAtMs: Date.UTC(2026, 0, 20) }, []],
    [
      "an author who approves",
      "separationOfDuties: true",
      { approvers: [people.ada] },
      ["`Ada` wrote part of the text and cannot approve it: somebody else has to"],
    ],
    ["somebody else who does", "separationOfDuties: true", { approvers: [people.ben] }, []],
  ] as const)("%s", async (_, demand, change, told) => {
    const { verdicts } = await judge(lawOf(`- name: words\n  ${demand}`), change);
    expect(verdicts.map(({ message }) => message)).toEqual(told);
  });
});

describe("whom a clause speaks of", () => {
  const clause = (scope: string): string => `- name: few\n  scope: { ${scope} }\n  mostRules: 1`;
  test.each([
    ["namespaces: ['sh*']", 1],
    ["namespaces: ['team-*']", 0],
    ["except: [shop]", 0],
    ["clusters: [west]", 0],
    ["clusters: ['*']", 1],
    ["kinds: [NetworkPolicy]", 0],
  ])("%s: %i breaches", async (scope, count) => expect(await breaches(clause(scope))).toHaveLength(count));

  test("a scope of the whole law holds for each of its clauses", async () => {
    const { verdicts } = await judge(lawOf("- name: few\n  mostRules: 1", "  scope: { clusters: [west] }\n"));
    expect(verdicts).toEqual([]);
  });
});

describe("who approves", () => {
  const clauses =
    "- name: two\n  approvals: { needed: 2, when: { risk: [high] } }\n" +
    "- name: security\n  approvals: { groups: [security], when: { opens: { addresses: [10.0.0.0/8] } } }\n" +
    "- name: apart\n  separationOfDuties: true\n- name: by-hand\n  automation: false";
  const risky = { risk: { level: "high", score: 90, reasons: [] } } as unknown as LawInput["dossier"];
  const harmless = { risk: { level: "low", score: 1, reasons: [] } } as unknown as LawInput["dossier"];

  test("hangs on the risk and on what is opened", async () => {
    const high = await judge(lawOf(clauses), { dossier: risky, manifest: firewall("Allow 10.9.0.0/16", ...end) });
    expect(high.approvals.map(({ clause }) => clause)).toEqual(["two", "security"]);
    expect(high).toMatchObject({
      approvalsNeeded: 2,
      approvers: undefined,
      mayEditorsApprove: false,
      mayAutomate: false,
    });
    const low = await judge(lawOf(clauses), { dossier: harmless });
    expect(low).toMatchObject({ approvals: [], approvalsNeeded: 1, verdicts: [] });
  });

  test.each([
    ["taking a policy away opens what it denied", "edited", firewall(...end), ["security"]],
    ["going back to none asks nobody", "revert", firewall(...end), []],
    ["where nothing denied, nothing is opened", "edited", undefined, []],
  ] as const)("%s", async (_, origin, baseManifest, asked) => {
    const { approvals } = await judge(lawOf(clauses), { dossier: harmless, manifest: "", baseManifest, origin });
    expect(approvals.map(({ clause }) => clause)).toEqual(asked);
  });

  test("risk that nobody judged counts as high", async () => {
    expect((await judge(lawOf(clauses))).approvalsNeeded).toBe(2);
  });

  test("without a clause about it, one who may", async () => {
    const answer = await judge(lawOf("- name: few\n  mostRules: 10"));
    expect(answer).toMatchObject({
      approvalsNeeded: 1,
      approvers: undefined,
      mayEditorsApprove: true,
      mayAutomate: true,
    });
  });
});

describe("clauses of other engines", () => {
  const cel = (expression: string, effect = "forbids"): string =>
    `- name: own\n  effect: ${effect}\n  message: ask the network team\n  cel: { expression: "${expression}" }`;
  const rego = "- name: opa\n  rego: { path: postern/egress }";

  test.each([
    ["an expression that holds", cel("object.spec.egress.size() < 9"), []],
    ["one that does not", cel("object.spec.egress.size() < 2"), ["own line 1: ask the network team"]],
    [
      "one that cannot be evaluated",
      cel("object.spec.rules.size() < 2", "warns"),
      [expect.stringMatching(/cannot be evaluated: no such key: rules/)],
    ],
  ])("%s", async (_, clause, told) => expect(await breaches(clause)).toEqual(told));

  test("an expression that cannot be evaluated forbids, although it only warns", async () => {
    expect((await judge(lawOf(cel("object.spec.rules.size() < 2", "warns")))).verdicts[0]?.effect).toBe("forbids");
  });

  test("an engine's denies and warnings are verdicts, and its silence forbids", async () => {
    const engine: RegoEngine = { title: "OPA", ask: () => Promise.resolve(ok({ deny: ["no"], warn: ["hm"] })) };
    expect(
      (await judge(lawOf(rego), {}, engine)).verdicts.map(({ effect, message }) => `${effect} ${message}`),
    ).toEqual(["forbids no", "warns hm"]);
    const away: RegoEngine = {
      title: "OPA",
      ask: () => Promise.resolve(fail({ code: "opa_unreachable", message: "nobody answers" })),
    };
    expect(await breaches(rego, {}, away)).toEqual([
      "opa line 1: the clause cannot be asked, so it forbids: nobody answers",
    ]);
    expect(await breaches(rego)).toEqual([
      "opa line 1: the clause cannot be asked, so it forbids: no OPA is configured",
    ]);
  });
});

describe("failing closed", () => {
  test("a law that cannot be read forbids everything", async () => {
    const { verdicts } = await judge(lawOf("- name: few\n  mostRulez: 1"));
    expect(verdicts).toMatchObject([{ clause: "law-unreadable", law: "company@3", effect: "forbids" }]);
    expect(verdicts[0]?.message).toContain("has no field `mostRulez`");
  });

  test("laws that cannot be fetched forbid everything", async () => {
    const away = lawJudge({
      laws: () => Promise.reject(new Error("down")),
      bench: lawBench({ readManifests: readObjects, cel: celEngine, rego: undefined }),
    });
    const input = { nowMs: 0, manifest: "" } as unknown as LawInput;
    expect((await away.judge(input)).verdicts).toMatchObject([{ clause: "laws-away", effect: "forbids" }]);
  });

  test.each([
    ["a rule that cannot be read", firewall("allow 169.254.169.254/32", ...end), "rule 0 cannot be read as one"],
    [
      "a comment that is none for other readers",
      firewall(...end).replace("  egress:", "  egress: # all\u0085  - { type: Allow }"),
      "U+0085 ends a line for some programs and not for others",
    ],
    ["a lone carriage return", firewall(...end).replace("spec:", "# \rspec:"), "U+000D ends a line"],
    [
      "an encoded word",
      firewall("Allow 169.254.169.254/32", ...end).replace("Allow", "!!binary QWxsb3c="),
      "`!!binary` hides what is written",
    ],
    ["a key that is written twice", `${firewall(...end)}spec: {}\n`, "a key is written twice"],
  ])("%s cannot be judged", async (_, manifest, why) => {
    const { verdicts } = await judge(lawOf("- name: few\n  mostRules: 9"), { manifest });
    expect(verdicts).toMatchObject([{ clause: "policy-unreadable", effect: "forbids" }]);
    expect(verdicts[0]?.message).toContain(why);
  });

  test("a text that is no policy cannot be judged", async () => {
    const { verdicts } = await judge(lawOf("- name: few\n  mostRules: 9"), {
      manifest: "kind: ConfigMap\napiVersion: v1\n",
    });
    expect(verdicts).toMatchObject([{ clause: "policy-unreadable", effect: "forbids" }]);
  });
});

describe("taking a policy away", () => {
  const closed = "- name: closed\n  defaultDeny: true";
  test("breaks a law that asks for default deny", async () => {
    expect(await breaches(closed, { manifest: "", baseManifest: firewall(...end) })).toEqual([
      "closed: without this policy nothing is denied by default",
    ]);
  });
  test("is only warned of when it goes back to how it was", async () => {
    const { verdicts } = await judge(lawOf(closed), { manifest: "", baseManifest: firewall(...end), origin: "revert" });
    expect(verdicts).toMatchObject([{ effect: "warns" }]);
  });
});
