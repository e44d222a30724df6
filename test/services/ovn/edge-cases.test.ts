import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Protocol } from "../../../src/core/net/l4.ts";
import { mustParseIp } from "../../arbitraries/evidence.ts";
import type { Connection } from "../../oracle/evaluate.ts";
import { type EdgeCase, edgeCases } from "./edge-cases.ts";
import { compiledOpinion, opinionOf, type Opinion, oracleOpinion, readNamespace } from "./engine.ts";
import { lacksOvn } from "./installation.ts";
import { Judge, type JudgedNamespace, type Judgement } from "./judge.ts";
import { PrivateOvn } from "./private-ovn.ts";

function namespaceOf({ egress, policies = [] }: EdgeCase, n: number): JudgedNamespace {
  return { name: `case-${n}`, firewall: egress === undefined ? undefined : { egress }, policies };
}

function parseConnection(text: string): Connection {
  const [protocol, address = "", port = "0"] = text.split(" ");
  return { protocol: protocol as Protocol, address: mustParseIp(address), port: Number(port) };
}

function formatJudgement({ verdict, policyAcl, firewallAcl }: Judgement): string {
  if (policyAcl?.endsWith(":Egress") === true && verdict === "deny") return "deny by network policies";
  return firewallAcl === undefined ? `${verdict}, no rule` : `${verdict} by rule ${firewallAcl.split(":")[2]}`;
}

function formatOpinion({ verdict, policies, firewallRule }: Opinion): string {
  if (policies === "deny") return "deny by network policies";
  return firewallRule === undefined ? `${verdict}, no rule` : `${verdict} by rule ${firewallRule}`;
}

describe.skipIf(lacksOvn())("what the reference says about policies", () => {
  let ovn: PrivateOvn | undefined;
  let judgements: readonly (readonly Judgement[])[];

  beforeAll(async () => {
    ovn = await PrivateOvn.open();
    const judge = await Judge.load(ovn, edgeCases.map(namespaceOf));
    const answers = await judge.ask(
      edgeCases.flatMap(({ lines, state = "new" }, n) =>
        lines.map(([text]) => ({ namespace: `case-${n}`, connection: parseConnection(text), state })),
      ),
    );
    let from = 0;
    judgements = edgeCases.map(({ lines }) => answers.slice(from, (from += lines.length)));
  });
  afterAll(() => ovn?.close());

  const numbered = edgeCases.map((edgeCase, n) => ({ ...edgeCase, n }));

  test.each(numbered)("in OVN: $title", ({ lines, n }) => {
    expect(lines.map(([text], i) => [text, formatJudgement(judgements[n]![i]!)])).toEqual(lines);
  });

  // Postern judges what a pod begins, not what is already under way.
  test.each(numbered.filter(({ state = "new" }) => state === "new"))("in Postern: $title", ({ n, ...edgeCase }) => {
    const { lines } = edgeCase;
    const policies = readNamespace(namespaceOf(edgeCase, n));
    const compiled = compiledOpinion(policies);
    expect(lines.map(([text]) => [text, formatOpinion(opinionOf(compiled, parseConnection(text)))])).toEqual(lines);
    expect(lines.map(([text]) => [text, formatOpinion(oracleOpinion(policies, parseConnection(text)))])).toEqual(lines);
  });

  test("OVN reads every match but those it is expected to skip", async () => {
    const complaints = ((await ovn?.traceLog()) ?? "")
      .split("\n")
      .filter((line) => line.includes("parsing expression failed"));
    const destinations = complaints.map((line) => /ip[46]\.dst == ([^ )]+)/.exec(line)?.[1]);
    expect(new Set(destinations)).toEqual(new Set(["192.0.2.0/024", "192.0.2.0/24", "::ffff:198.51.100.0/120"]));
    // The empty parenthesis of a rule whose protocols are all misspelt.
    expect(complaints.find((line) => line.includes("192.0.2.0/24"))).toContain("&& ()");
  });
});
