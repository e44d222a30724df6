import * as fc from "fast-check";
import { expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { builtInKnowledge } from "../src/app/knowledge-source.ts";
import { suggestPolicies } from "../src/app/suggest-policies.ts";
import { parseCidr } from "../src/core/net/ip-set.ts";
import type { DraftKind } from "../src/core/policy/draft.ts";
import type { Knowledge } from "../src/pipeline/baseline/knowledge/knowledge.ts";
import { noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import type { Edge } from "../src/pipeline/flows/edge.ts";
import { postures } from "../src/pipeline/suggest/choose/posture.ts";
import { edgeForTest, formatEdge } from "./arbitraries/edge.ts";
import { controlPlane, request } from "./suggest-request.ts";

const hourMs = 3_600_000;
const firstHour = 490_000;
const days = 9;
const window = { firstMs: firstHour * hourMs, lastMs: (firstHour + days * 24) * hourMs - 1 };

function cidr(text: string): Knowledge["onPremises"][number]["cidrs"][number] {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}

const listed: Knowledge = {
  ...builtInKnowledge,
  feeds: [
    {
      title: "list",
      source: "list.txt",
      asOfMs: undefined,
      entries: [
        { to: { kind: "block", cidr: cidr("198.51.100.9/32") }, about: "" },
        { to: { kind: "block", cidr: cidr("2001:db8:bad::/48") }, about: "" },
        { to: { kind: "name", pattern: { kind: "exact", name: "drop.example.net" } }, about: "" },
      ],
    },
  ],
};

const target = fc.oneof(
  fc.tuple(fc.nat(2), fc.nat(12)).map(([net, host]) => `198.51.${100 + net}.${host}`),
  fc.nat(0xff).map((host) => `[2001:db8::${host.toString(16)}]`),
  fc.constantFrom("169.254.169.254", "[fd00:ec2::254]", "169.254.7.7", "10.0.0.11", "10.20.0.7", "[2001:db8:bad::1]"),
);

/** An edge of a recording: seen from some hour on, in every hour or once, with bytes or nearly none. */
const edge: fc.Arbitrary<Edge> = fc
  .record({
    source: fc.constantFrom("shop/Deployment/a", "shop/CronJob/b", "shop/StatefulSet/c", "pay/Deployment/a"),
    protocol: fc.constantFrom("tcp", "tcp", "tcp", "udp", "sctp", "icmp"),
    target,
    port: fc.constantFrom(0, 22, 53, 443, 443, 6443, 65535),
    name: fc.constantFrom("", "", " api.example.com", " cdn.example.com", " drop.example.net"),
    verdict: fc.constantFrom("", "", "", " denied", " allowed", " unanswered"),
    from: fc.nat(days * 24 - 1),
    isOnce: fc.boolean(),
    bytes: fc.constantFrom(undefined, 60, 90_000),
    isTimed: fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0),
  })
  .map(({ source, protocol, target: to, port, name, verdict, from, isOnce, bytes, isTimed }) => {
    const hours = Array.from({ length: isOnce ? 1 : days * 24 - from }, (_, i) => firstHour + from + i);
    const times = {
      firstSeenMs: hours[0]! * hourMs,
      lastSeenMs: hours.at(-1)! * hourMs,
      activity: hours.map((hour) => ({ hour, flows: 1 })),
    };
    const noTimes = { firstSeenMs: undefined, lastSeenMs: undefined, activity: [] };
    const text = `${source} ${protocol} ${to}:${port}${name}${verdict}`;
    return edgeForTest(text, { flows: hours.length, bytes, ...(isTimed ? times : noTimes) });
  });

const kinds: readonly DraftKind[] = [
  "EgressFirewall",
  "EgressNetworkPolicy",
  "NetworkPolicy",
  "AdminNetworkPolicy",
  "ClusterNetworkPolicy",
  "CiliumNetworkPolicy",
  "CalicoNetworkPolicy",
];

test.each(kinds)("a suggested %s allows every recorded connection or says why not, each once", (kind) => {
  let leftOut = 0;
  fc.assert(
    fc.property(
      fc.array(edge, { maxLength: 40 }),
      fc.constantFrom(...postures),
      fc.constantFrom(1, 1, 100),
      fc.boolean(),
      (edges, posture, samplingMax, knowsCluster) => {
        const base = request(edges, { kind, posture, knowledge: listed });
        const harvest = { ...base.harvest, window, samplingMax, isComplete: samplingMax === 1 };
        const facts = knowsCluster ? controlPlane : noClusterFacts;
        const { suggestions, refused } = suggestPolicies({ ...base, harvest, facts }, manifestPort);
        expect(refused).toEqual([]);
        const told = new Map<Edge, string>();
        for (const { impact, notLearned, notExpressible, readiness } of suggestions) {
          const said = new Set([...notLearned, ...notExpressible].map((each) => each.edge));
          expect(said.size).toBe(notLearned.length + notExpressible.length);
          for (const { because } of [...notLearned, ...notExpressible]) expect(because).toMatch(/^\S.*[^.]$/);
          for (const { edge: own, after } of impact) {
            expect(told.has(own)).toBe(false);
            told.set(own, said.has(own) ? "left out" : after.kind);
            leftOut += said.has(own) ? 1 : 0;
          }
          expect(readiness.week).toBeLessThanOrEqual(readiness.day);
        }
        expect(edges.filter((own) => !/^(allow|left out)$/.test(told.get(own) ?? "lost")).map(formatEdge)).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
  expect(leftOut).toBeGreaterThan(100);
});

test("what is left out and passes all the same is no risk", () => {
  const strangers = Array.from({ length: 60 }, (_, i) => {
    const hour = firstHour + 3 * i;
    const times = { firstSeenMs: hour * hourMs, lastSeenMs: hour * hourMs, activity: [{ hour, flows: 1 }] };
    return edgeForTest(`shop/Deployment/a tcp 203.0.${i}.7:25`, { ...times, bytes: 90_000 });
  });
  const hours = Array.from({ length: days * 24 }, (_, i) => ({ hour: firstHour + i, flows: 1 }));
  const busy = { flows: hours.length, firstSeenMs: window.firstMs, lastSeenMs: window.lastMs, activity: hours };
  const own = edgeForTest("shop/Deployment/a tcp 192.0.2.1:443 api.example.com", busy);
  // Somebody else sends mail to all of the net.
  const block = edgeForTest("shop/Deployment/b tcp 203.0.0.0/16:25", busy);
  const strangersRisk = (edges: readonly Edge[]): number => {
    const base = request(edges);
    const { suggestions } = suggestPolicies({ ...base, harvest: { ...base.harvest, window } }, manifestPort);
    return suggestions[0]!.readiness.risks.filter(({ kind }) => kind === "left-out").length;
  };
  expect([strangersRisk([own, ...strangers]), strangersRisk([own, block, ...strangers])]).toEqual([1, 0]);
});
