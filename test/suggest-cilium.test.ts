import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { type Suggestion, suggestPolicies, type SuggestRequest } from "../src/app/suggest-policies.ts";
import { readPolicy } from "../src/core/policy/read-policy.ts";
import { noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import { formatEdge, ipForTest } from "./arbitraries/edge.ts";
import { controlPlane, request } from "./suggest-request.ts";

function suggest(edges: readonly string[], fields: Partial<SuggestRequest> = {}): Suggestion {
  const result = suggestPolicies(request(edges, { kind: "CiliumNetworkPolicy", ...fields }), manifestPort);
  expect(result.refused).toEqual([]);
  return result.suggestions[0]!;
}

const rulesOf = ({ policy }: Suggestion): readonly string[] => policy.rules.map(({ text }) => text);
const guardrails = ["Deny 169.254.169.254/32", "Deny fd00:ec2::254/128"];
const pods = "Allow endpoints k8s:io.kubernetes.pod.namespace";

describe("a CiliumNetworkPolicy", () => {
  test("denies the guardrails, leaves pods as they are, reaches the API server, and allows what was seen", () => {
    const edges = ["shop/Deployment/cart tcp 192.0.2.1:443", "shop/Deployment/cart tcp [2001:db8::1]:443"];
    expect(rulesOf(suggest(edges, { facts: controlPlane }))).toEqual([
      ...guardrails,
      pods,
      "Allow kube-apiserver tcp/6443",
      "Allow 192.0.2.1/32 tcp/443",
      "Allow 2001:db8::1/128 tcp/443",
    ]);
  });

  test("starts with a DNS rule where names are allowed, as without it none is learned", () => {
    const edges = ["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com"];
    const facts = { ...controlPlane, namespaces: [{ name: "openshift-dns", labels: {} }] };
    const suggestion = suggest(edges, { facts });
    expect(rulesOf(suggestion).slice(2)).toEqual([
      "Allow endpoints k8s:dns.operator.openshift.io/daemonset-dns=default,k8s:io.kubernetes.pod.namespace=openshift-dns " +
        "tcp/5353 udp/5353 sctp/5353",
      pods,
      "Allow kube-apiserver tcp/6443",
      "Allow api.example.com tcp/443",
    ]);
    expect(suggestion.manifest).toContain('dns:\n              - matchPattern: "*"');
    expect(suggestion.cautions).toEqual([]);
  });

  test("takes the ports of DNS from what the service leads to", () => {
    const endpoints = [{ address: ipForTest("10.244.0.3"), port: 1053 }];
    const service = {
      namespace: "kube-system",
      name: "kube-dns",
      addresses: [ipForTest("10.96.0.10")],
      ports: [{ name: "dns", protocol: "udp" as const, port: 53, endpoints }],
    };
    const edges = ["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com"];
    expect(rulesOf(suggest(edges, { facts: { ...controlPlane, services: [service] } }))[2]).toBe(
      "Allow endpoints k8s:io.kubernetes.pod.namespace=kube-system,k8s:k8s-app=kube-dns tcp/1053 udp/1053 sctp/1053",
    );
  });

  test("reaches nodes as entities, since no block ever matches them", () => {
    const edges = ["shop/Deployment/cart tcp 10.0.0.21:9100", "shop/Deployment/cart tcp 10.0.0.99:9100"];
    const suggestion = suggest(edges, { facts: controlPlane });
    expect(rulesOf(suggestion).slice(4)).toEqual(["Allow host, remote-node tcp/9100", "Allow 10.0.0.99/32 tcp/9100"]);
    expect(suggestion.verification.counterexamples).toEqual([]);
  });

  test("says what it does not know of the cluster", () => {
    const { cautions } = suggest(["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com"], { facts: noClusterFacts });
    expect(cautions.map((caution) => caution.split(":")[0]!.split(",")[0])).toEqual([
      "the cluster's DNS pods are not known",
      "the nodes' addresses are not known",
    ]);
  });

  test("tells what stays open beside it", () => {
    const spec = { podSelector: {}, policyTypes: ["Egress"], egress: [{}] };
    const manifest = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "open", namespace: "shop" },
      spec,
    };
    const existing = [readPolicy({ value: manifest, locate: () => ({ file: "", path: "" }) })!.policy!];
    const { cautions } = suggest(["shop/Deployment/cart tcp 192.0.2.1:443"], { facts: controlPlane, existing });
    expect(cautions).toContain(
      "policies of Cilium and NetworkPolicies add up: what NetworkPolicy shop/open allows stays open until it is removed",
    );
  });

  test("does not guess which types of ICMP are needed", () => {
    const { notExpressible } = suggest(["shop/Deployment/cart icmp 192.0.2.1"]);
    expect(notExpressible.map(({ edge, because }) => `${formatEdge(edge)}: ${because}`)).toEqual([
      "shop/Deployment/cart icmp 192.0.2.1: which types of ICMP it needs is not recorded: add a rule with `icmps` for those it does",
    ]);
  });

  test("of the whole cluster selects the namespace by its label", () => {
    const suggestion = suggest(["shop/Deployment/cart tcp 192.0.2.1:443"], { kind: "CiliumClusterwideNetworkPolicy" });
    expect(suggestion.policy).toMatchObject({
      namespace: "",
      name: "postern-egress-shop",
      subject: {
        namespaces: { requirements: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["shop"] }] },
        pods: undefined,
      },
    });
    expect(suggestion.verification.passed).toBe(true);
  });
});

test("the manifest of a CiliumNetworkPolicy", async () => {
  const edges = [
    "shop/Deployment/cart tcp 192.0.2.1:443 api.example.com",
    "shop/Deployment/cart tcp 198.51.100.7:5432",
    "shop/CronJob/report udp [2001:db8::53]:53",
    "shop/Deployment/cart tcp 10.0.0.21:9100",
  ];
  const { manifest } = suggest(edges, { facts: controlPlane });
  await expect(manifest).toMatchFileSnapshot("golden/print/cilium-network-policy.yaml");
});
