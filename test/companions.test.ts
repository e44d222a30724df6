import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { type SuggestRequest, suggestPolicies } from "../src/app/suggest-policies.ts";
import { containsIp, ipSetOf } from "../src/core/net/ip-set.ts";
import { formatLabelSelector, selects } from "../src/core/policy/label-selector.ts";
import {
  cidrForTest,
  groupForTest,
  knowledgeForTest,
} from "../src/pipeline/baseline/knowledge/knowledge.test-support.ts";
import { groupServices } from "../src/pipeline/baseline/services/group-services.ts";
import { type ClusterFacts, noClusterFacts, type PodFacts } from "../src/pipeline/flows/cluster-facts.ts";
import type { Choice, Need } from "../src/pipeline/suggest/choose/choice.ts";
import { draftCompanions } from "../src/pipeline/suggest/companion/draft-companions.ts";
import { workloadSelectors } from "../src/pipeline/suggest/companion/workload-selectors.ts";
import { edgeForTest } from "./arbitraries/edge.ts";
import { controlPlane, request } from "./suggest-request.ts";

function pod(name: string, labels: Readonly<Record<string, string>>, number = 1): PodFacts {
  const workload = { kind: "Deployment", name };
  return { namespace: "shop", name: `${name}-${number}`, addresses: [], isHostNetwork: false, workload, labels };
}

const shop: ClusterFacts = {
  ...noClusterFacts,
  pods: [
    pod("cart", { app: "cart", tier: "front" }),
    pod("cart", { app: "cart", tier: "front", canary: "yes" }, 2),
    pod("ledger", { app: "ledger", tier: "back" }),
    pod("idle", { app: "idle" }),
  ],
};

function companionsOf(edges: readonly string[], fields: Partial<SuggestRequest> = {}) {
  const { suggestions, refused } = suggestPolicies(
    request(edges, { facts: shop, companions: true, ...fields }),
    manifestPort,
  );
  expect(refused).toEqual([]);
  return suggestions[0]!.companions!;
}

const acme = knowledgeForTest({
  published: [groupForTest("Acme API eu: 192.0.2.0/28 198.51.100.0/28 203.0.113.0/28")],
});
const unweighed = { exposure: 0, blockedShare: 0, breaksWithinDay: 0, breaksWithinWeek: 0, cost: 0 };

const traffic = [
  "shop/Deployment/cart tcp 192.0.2.7:443 api.example.com",
  "shop/Deployment/cart tcp 198.51.100.9:8443",
  "shop/Deployment/ledger tcp 203.0.113.5:5432",
];

describe("network policies beside an egress firewall", () => {
  test("give each workload what its own traffic needs, and isolate every other pod", () => {
    const told = companionsOf(traffic).companions.map(({ draft, policy }) => [
      draft.name,
      formatLabelSelector(draft.podSelector),
      policy.rules.filter(({ to }) => to.kind !== "pods").map(({ text }) => text),
    ]);
    expect(told).toEqual([
      ["postern-egress", "everything", []],
      [
        "postern-egress-deployment-cart",
        "app=cart",
        [
          "Allow 198.51.100.9/32 tcp/8443",
          "Allow 0.0.0.0/0 except 169.254.169.254/32 tcp/443",
          "Allow ::/0 except fd00:ec2::254/128 tcp/443",
        ],
      ],
      ["postern-egress-deployment-ledger", "app=ledger", ["Allow 203.0.113.5/32 tcp/5432"]],
    ]);
  });

  test("are proved together with it, and leave each workload less than the firewall alone", () => {
    const { companions, counterexamples, judged, unknown } = companionsOf(traffic);
    expect([counterexamples, judged, unknown]).toEqual([[], 3, 0]);
    const open = Object.fromEntries(companions.map(({ draft, exposure }) => [draft.name, exposure]));
    expect(open["postern-egress"]).toEqual({ v4: undefined, v6: undefined, unresolvedRules: 0 });
    expect(open["postern-egress-deployment-ledger"]).toEqual({ v4: 0, v6: undefined, unresolvedRules: 0 });
    expect(open["postern-egress-deployment-cart"]!.unresolvedRules).toBe(1);
  });

  test("count what the policy of a wider selector gives the same pods too", () => {
    const facts = { ...shop, pods: [pod("a", { app: "x" }), pod("b", { app: "x", extra: "1" })] };
    const edges = ["shop/Deployment/a tcp 192.0.2.7:5432", "shop/Deployment/b tcp 198.51.100.9:8443"];
    const open = companionsOf(edges, { facts }).companions.map(({ draft, exposure }) => [draft.name, exposure.v4]);
    expect(open).toEqual([
      ["postern-egress", undefined],
      ["postern-egress-deployment-a", 1],
      ["postern-egress-deployment-b", 1],
    ]);
  });

  test("say what they cannot tell apart, and open it to every pod", () => {
    const { companions, cautions } = companionsOf([...traffic, "shop/Deployment/gone tcp 203.0.113.80:25"]);
    expect(companions[0]!.policy.rules.map(({ text }) => text)).toContain("Allow 203.0.113.80/32 tcp/25");
    expect(cautions).toEqual([expect.stringContaining("no pod labels are known that tell Deployment/gone")]);
  });

  test("keep open to all what a workload without pods shares with others: it runs again tomorrow", () => {
    const { companions, cautions } = companionsOf([...traffic, "shop/CronJob/report tcp 203.0.113.5:5432"]);
    expect(companions[0]!.policy.rules.map(({ text }) => text)).toContain("Allow 203.0.113.5/32 tcp/5432");
    expect(cautions).toEqual([expect.stringContaining("no pod labels are known that tell CronJob/report")]);
  });

  test("do not open to all what a pod needed of which only the address is known, as one of them most likely", () => {
    const { companions, cautions } = companionsOf([...traffic, "shop/Pod/10.128.0.9 tcp 203.0.113.5:5432"]);
    expect([companions[0]!.draft.rules.length, cautions]).toEqual([1, []]);
  });

  test("allow the API server to whom the record shows at it, and say who loses it", () => {
    const facts = { ...shop, apiServer: controlPlane.apiServer };
    const allowed = (edges: readonly string[]) => {
      const { companions, cautions } = companionsOf([...traffic, ...edges], { facts });
      const rule = "Allow 10.0.0.11/32 tcp/6443";
      const open = companions.filter(({ policy }) => policy.rules.some(({ text }) => text === rule));
      return { open: open.map(({ draft }) => draft.name), cautions };
    };
    expect(allowed(["shop/Deployment/cart tcp 10.0.0.11:6443"])).toEqual({
      open: ["postern-egress-deployment-cart"],
      cautions: [expect.stringContaining("Deployment/idle, Deployment/ledger may not reach the API server")],
    });
    expect(allowed(["shop/CronJob/gone tcp 10.0.0.11:6443"])).toEqual({
      open: ["postern-egress"],
      cautions: [expect.stringContaining("no pod labels are known that tell CronJob/gone")],
    });
  });

  test("give every user of a service all of its form, with the parts that nobody met yet", () => {
    const edges = ["shop/Deployment/cart tcp 192.0.2.7:443", "shop/Deployment/ledger tcp 198.51.100.9:443"];
    const [use] = groupServices(
      edges.map((edge) => edgeForTest(edge)),
      [],
      acme,
    );
    const choice: Choice = {
      use: use!,
      form: { ...unweighed, kind: "published", title: "Acme API in eu, 3 blocks", targets: [] },
      runnerUp: undefined,
      because: "it is short",
    };
    const needs = use!.published[0]!.cidrs.map((cidr): Need => {
      const own = use!.edges.filter(({ address }) => containsIp(ipSetOf(cidr), address));
      return { to: { kind: "cidr", cidr }, ports: use!.ports, edges: own, choice };
    });
    const baseline = { namespace: "shop", sanctioned: use!.edges, notLearned: [] };
    const { drafts } = draftCompanions({ baseline, facts: shop, guardrails: [], window: undefined }, needs);
    expect(drafts.map(({ name, rules }) => [name, rules.map(({ to }) => to.length)])).toEqual([
      ["postern-egress", [1]],
      ["postern-egress-deployment-cart", [3]],
      ["postern-egress-deployment-ledger", [3]],
    ]);
  });

  test("add up with network policies that stay, and replace those of their own names", () => {
    const manifest = (name: string, type: string) =>
      `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: shop }
spec: { podSelector: {}, policyTypes: [${type}] }
`;
    const existing = [
      manifest("by-hand", "Egress"),
      manifest("postern-egress", "Egress"),
      manifest("in", "Ingress"),
    ].map((text) => manifestPort.read(text).policy!);
    expect(companionsOf(traffic, { existing }).cautions).toEqual([
      "NetworkPolicies add up: what NetworkPolicy shop/by-hand allows stays open until it is removed",
    ]);
  });

  test("leave out a family that may not be reached at all", () => {
    const never = [cidrForTest("0.0.0.0/0")];
    const { companions } = companionsOf(["shop/Deployment/cart tcp [2001:db8::7]:443 api.example.com"], { never });
    expect(companions[1]!.policy.rules.map(({ text }) => text)).toEqual([
      "Allow ::/0 except fd00:ec2::254/128 tcp/443",
    ]);
  });

  test("are not made for other kinds, nor unless they are asked for", () => {
    const made = (fields: Partial<SuggestRequest>) =>
      suggestPolicies(request(traffic, { facts: shop, ...fields }), manifestPort).suggestions[0]!.companions;
    expect(made({})).toBeUndefined();
    expect(made({ companions: true, kind: "NetworkPolicy" })).toBeUndefined();
  });
});

describe("the labels that tell a workload's pods from all others", () => {
  test.each<[string, readonly PodFacts[], readonly string[]]>([
    ["are the usual ones", shop.pods, ["app=cart: cart", "app=idle: idle", "app=ledger: ledger"]],
    [
      "are two where one does not do",
      [pod("a", { app: "x", part: "1" }), pod("b", { app: "x", part: "2" }), pod("c", { app: "y", part: "1" })],
      ["app=x,part=1: a", "part=2: b", "app=y: c"],
    ],
    [
      "are shared by workloads that nothing tells apart",
      [pod("a", { app: "x" }), pod("b", { app: "x" })],
      ["app=x: a b"],
    ],
    [
      "are all its own where another has more of them, which its policy then speaks for too",
      [pod("a", { app: "x" }), pod("b", { app: "x", extra: "1" })],
      ["app=x: a b", "extra=1: b"],
    ],
    ["are none for pods without labels", [pod("a", {})], []],
    [
      "are never those of one rollout or replica",
      [
        pod("a", { "pod-template-hash": "1a", "statefulset.kubernetes.io/pod-name": "a-0", app: "x" }),
        pod("b", { "pod-template-hash": "2b", app: "x", "app.kubernetes.io/version": "2" }),
      ],
      ["app=x: a b"],
    ],
    [
      "are those of the workload they were chosen for, which comes first",
      [pod("b", { p: "1", q: "1" }), pod("a", { p: "1", q: "1", r: "1" }), pod("b", { p: "1", q: "1", r: "1" }, 2)],
      ["p=1,q=1,r=1: a b", "p=1,q=1: b a"],
    ],
  ])("%s", (_, pods, expected) => {
    const { selected } = workloadSelectors(pods);
    const told = selected.map(
      ({ selector, workloads }) => `${formatLabelSelector(selector)}: ${workloads.map(({ name }) => name).join(" ")}`,
    );
    expect(told).toEqual(expected);
  });

  test("of a run are never a CronJob's, and of a rollout never a DeploymentConfig's", () => {
    const of = (kind: string, labels: PodFacts["labels"]): readonly string[] => {
      const own = { ...pod("a", labels), workload: { kind, name: "a" } };
      return workloadSelectors([own]).selected.map(({ selector }) => formatLabelSelector(selector));
    };
    expect([
      of("CronJob", { "job-name": "a-29384756" }),
      of("Job", { "job-name": "a" }),
      of("DeploymentConfig", { deployment: "a-7", deploymentconfig: "a" }),
      of("Deployment", { deployment: "a" }),
    ]).toEqual([[], ["job-name=a"], ["deploymentconfig=a"], ["deployment=a"]]);
  });

  test("select every pod of their workloads and no pod of another, whatever the labels", () => {
    const label = fc.dictionary(fc.constantFrom("app", "tier", "x"), fc.constantFrom("1", "2"), {
      noNullPrototype: true,
    });
    const pods = fc.array(fc.record({ name: fc.constantFrom("a", "b", "c"), labels: label }), { maxLength: 8 });
    fc.assert(
      fc.property(pods, (rows) => {
        const made = rows.map(({ name, labels }, number) => pod(name, labels, number));
        const { selected, unselectable } = workloadSelectors(made);
        for (const { selector, workloads } of selected) {
          const own = new Set(workloads.map(({ name }) => name));
          expect(
            made.filter(({ labels }) => selects(selector, labels)).every((each) => own.has(each.workload.name)),
          ).toBe(true);
        }
        const lost = new Set(unselectable.map(({ name }) => name));
        for (const { labels, workload } of made) {
          const isTold = selected.some(({ selector }) => selects(selector, labels));
          expect(isTold || lost.has(workload.name)).toBe(true);
        }
      }),
    );
  });
});
