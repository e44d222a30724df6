import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noAddresses } from "../../../src/core/net/ip-set.ts";
import { protocols } from "../../../src/core/net/l4.ts";
import { arbitraryConnectionAt, joinEdges } from "../../arbitraries/connection.ts";
import { arbitraryEgressFirewallSpec, edgesOfSpec } from "../../arbitraries/egress-firewall.ts";
import { arbitraryNetworkPolicy, edgesOfPolicies } from "../../arbitraries/network-policy.ts";
import type { Connection } from "../../oracle/evaluate.ts";
import { agrees, formatDisagreement } from "./agreement.ts";
import { compiledOpinion, opinionOf, oracleOpinion, readNamespace } from "./engine.ts";
import { lacksOvn } from "./installation.ts";
import { Judge, type JudgedNamespace, type Judgement } from "./judge.ts";
import { PrivateOvn } from "./private-ovn.ts";

const namespaceCount = 400;
const connectionsEach = 40;
/** `POSTERN_SEED=1234 npx vitest run test/services/ovn` repeats a run. */
const seed = Number(process.env.POSTERN_SEED ?? Math.floor(Math.random() * 2 ** 31));

interface Case {
  readonly namespace: JudgedNamespace;
  readonly connections: readonly Connection[];
}

/** Before the namespace has a name. */
interface Drawn {
  readonly namespace: Omit<JudgedNamespace, "name">;
  readonly connections: readonly Connection[];
}

interface Pair {
  readonly namespace: JudgedNamespace;
  readonly connection: Connection;
  readonly judgement: Judgement;
}

/** Mostly a firewall alone, sometimes with one or two network policies, sometimes these alone. */
function arbitraryCase(): fc.Arbitrary<Drawn> {
  const policies = fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(arbitraryNetworkPolicy("first")) },
    { weight: 1, arbitrary: fc.tuple(arbitraryNetworkPolicy("first"), arbitraryNetworkPolicy("second")) },
  );
  return fc
    .record({ firewall: fc.option(arbitraryEgressFirewallSpec(), { nil: undefined, freq: 8 }), policies })
    .chain(({ firewall, policies: objects }) => {
      const edges = joinEdges(edgesOfSpec(firewall ?? { egress: [] }), edgesOfPolicies(objects));
      return fc
        .array(arbitraryConnectionAt(edges), { minLength: connectionsEach, maxLength: connectionsEach })
        .map((connections) => ({ namespace: { firewall, policies: objects }, connections }));
    });
}

describe.skipIf(lacksOvn())("random policies and connections", () => {
  let ovn: PrivateOvn | undefined;
  let pairs: readonly Pair[];

  beforeAll(async () => {
    const cases = fc.sample(arbitraryCase(), { seed, numRuns: namespaceCount }).map((drawn, n): Case => ({
      ...drawn,
      namespace: { ...drawn.namespace, name: `random-${n}` },
    }));
    const questions = cases.flatMap(({ namespace, connections }) =>
      connections.map((connection) => ({ namespace, connection })),
    );
    ovn = await PrivateOvn.open();
    const judge = await Judge.load(
      ovn,
      cases.map(({ namespace }) => namespace),
    );
    const judgements = await judge.ask(
      questions.map(({ namespace, connection }) => ({ namespace: namespace.name, connection })),
    );
    pairs = questions.map((question, i) => ({ ...question, judgement: judgements[i]! }));
  });
  afterAll(() => ovn?.close());

  test("are judged by OVN as by Postern and by the oracle", () => {
    const disagreements: { readonly size: number; readonly text: string }[] = [];
    for (const [namespace, own] of Map.groupBy(pairs, (pair) => pair.namespace)) {
      const policies = readNamespace(namespace);
      const compiled = compiledOpinion(policies);
      for (const { connection, judgement } of own) {
        const opinions = { postern: opinionOf(compiled, connection), oracle: oracleOpinion(policies, connection) };
        if (Object.values(opinions).every((opinion) => agrees(namespace.name, judgement, opinion))) continue;
        const text = formatDisagreement(namespace, connection, judgement, opinions);
        disagreements.push({ size: JSON.stringify(namespace).length, text });
      }
    }
    const [smallest] = disagreements.toSorted((a, b) => a.size - b.size);
    const told = `${disagreements.length} of ${pairs.length} pairs, POSTERN_SEED=${seed}, the smallest:\n${smallest?.text}`;
    expect(disagreements.length, told).toBe(0);
  });

  test("reach both verdicts for both families and every protocol, and every kind of decision", () => {
    const counts = new Map<string, number>();
    const count = (key: string): number => counts.set(key, (counts.get(key) ?? 0) + 1).get(key)!;
    for (const { connection, judgement } of pairs) {
      count(`IPv${connection.address.family} ${connection.protocol} ${judgement.verdict}`);
      const half = judgement.policyAcl?.endsWith(":Egress") === true ? "network policy" : "egress firewall";
      const rule = half === "egress firewall" && judgement.firewallAcl === undefined ? "no rule" : "a rule";
      count(`${judgement.verdict} by ${half}, ${rule}`);
    }
    const lines = [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, n]) => `${String(n).padStart(7)}  ${key}`);
    process.stdout.write(`OVN judged ${pairs.length} pairs, POSTERN_SEED=${seed}\n${lines.join("\n")}\n`);
    for (const family of [4, 6]) {
      for (const protocol of protocols) {
        for (const verdict of ["allow", "deny"]) {
          expect(counts.get(`IPv${family} ${protocol} ${verdict}`) ?? 0).toBeGreaterThan(20);
        }
      }
    }
    for (const decision of ["allow by egress firewall, a rule", "deny by egress firewall, a rule"]) {
      expect(counts.get(decision) ?? 0).toBeGreaterThan(500);
    }
    expect(counts.get("deny by network policy, a rule") ?? 0).toBeGreaterThan(500);
  });

  test("would show an evaluator that forgets the pod networks", () => {
    const wrong = [...Map.groupBy(pairs, (pair) => pair.namespace)].flatMap(([namespace, own]) => {
      const compiled = compiledOpinion(readNamespace(namespace), noAddresses);
      return own.filter(
        ({ connection, judgement }) => !agrees(namespace.name, judgement, opinionOf(compiled, connection)),
      );
    });
    expect(wrong.length).toBeGreaterThan(0);
  });
});
