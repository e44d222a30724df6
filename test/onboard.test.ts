import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { onboardNamespace } from "../src/app/onboard-namespace.ts";
import type { SuggestRequest } from "../src/app/suggest-policies.ts";
import {
  cidrForTest,
  feedForTest,
  knowledgeForTest,
} from "../src/pipeline/baseline/knowledge/knowledge.test-support.ts";
import { type ClusterFacts, noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import { request } from "./suggest-request.ts";

const workload = { kind: "Deployment", name: "payments" };
const image = "quay.io/shop/payments";

/** A pod of the same program in each namespace. */
function factsOf(...namespaces: readonly string[]): ClusterFacts {
  const pods = namespaces.map((namespace) => ({
    namespace,
    name: "payments-1",
    addresses: [],
    isHostNetwork: false,
    workload,
    labels: { app: "payments" },
    images: [image],
  }));
  return { ...noClusterFacts, pods };
}

function onboard(edges: readonly string[], fields: Partial<SuggestRequest> = {}) {
  const lines = edges.map((edge) => edge.replace(" ", "/Deployment/payments "));
  const spaces = [...new Set(edges.map((edge) => edge.split(" ", 1)[0]!))];
  const learning = request(lines, { facts: factsOf(...spaces), ...fields });
  const newcomer = {
    namespace: "shop-new",
    workload,
    labels: { app: "payments" },
    namespaceLabels: {},
    images: [image],
  };
  const made = onboardNamespace({ learning, namespace: "shop-new", newcomers: [newcomer], atLeast: 0.5 }, manifestPort);
  return {
    allowed: made.allowed.map(({ service }) => service.title),
    left: made.left.map(({ service }) => service.title),
    rules: made.suggestion?.policy.rules.filter(({ action }) => action === "allow").map(({ text }) => text),
    cautions: made.suggestion?.cautions ?? [],
    failures: made.refused?.failures ?? [],
  };
}

const usual = [
  "shop-a tcp 192.0.2.7:443 api.example.com",
  "shop-b tcp 192.0.2.7:443 api.example.com",
  "shop-b tcp [2001:db8::7]:5432",
  "shop-c tcp [2001:db8::7]:5432",
  "shop-c tcp 192.0.2.7:443",
];

describe("a first policy for a namespace without traffic", () => {
  test("allows what the same program needs elsewhere, in both families", () => {
    const { allowed, rules, failures } = onboard(usual);
    expect([allowed, failures]).toEqual([["api.example.com", "2001:db8::7"], []]);
    expect(rules).toEqual(["Allow api.example.com tcp/443", "Allow 2001:db8::7/128 tcp/5432"]);
  });

  test("has nothing that only one of several look-alikes does, however many pods it runs", () => {
    const facts = factsOf("shop-a", "shop-b", "shop-c");
    const copies = Array.from({ length: 30 }, (_, n) => ({ kind: "Deployment", name: `payments-${n}` }));
    const pods = copies.map((own) => ({ ...facts.pods[0]!, namespace: "evil", name: `${own.name}-1`, workload: own }));
    const lines = copies.map((own) => `evil/Deployment/${own.name} tcp 203.0.113.66:443 evil.example`);
    const edges = [...usual.map((edge) => edge.replace(" ", "/Deployment/payments ")), ...lines];
    const learning = request(edges, { facts: { ...facts, pods: [...facts.pods, ...pods] } });
    const newcomers = [
      { namespace: "shop-new", workload, labels: { app: "payments" }, namespaceLabels: {}, images: [image] },
    ];
    const { allowed, left } = onboardNamespace(
      { learning, namespace: "shop-new", newcomers, atLeast: 0.5 },
      manifestPort,
    );
    expect(allowed.map(({ service }) => service.title)).not.toContain("evil.example");
    expect(left.map(({ service }) => service.title)).toContain("evil.example");
  });

  test("says which of it a single namespace vouches for", () => {
    const { allowed, cautions } = onboard(["shop-a tcp 192.0.2.7:443 api.example.com"]);
    expect(allowed).toEqual(["api.example.com"]);
    expect(cautions).toContain(
      "only workloads of shop-a use api.example.com: do you trust it to say what this one needs?",
    );
  });

  test("never has what guardrails forbid or a feed lists", () => {
    const bad = ["tcp 169.254.169.254:80", "tcp 203.0.113.5:443", "tcp 198.51.100.9:443"].flatMap((to) =>
      ["shop-d", "shop-e", "shop-f", "shop-g"].map((space) => `${space} ${to}`),
    );
    const { knowledge } = knowledgeForTest({ feeds: [feedForTest("Feodo", "203.0.113.5 C2")] });
    const { allowed, left } = onboard([...usual, ...bad], { knowledge, never: [cidrForTest("198.51.100.0/24")] });
    expect([allowed, left.toSorted()]).toEqual([[], ["2001:db8::7", "api.example.com"]]);
  });

  test("is none where nothing was recorded", () => {
    expect(onboard([])).toEqual({ allowed: [], left: [], rules: undefined, cautions: [], failures: [] });
  });
});
