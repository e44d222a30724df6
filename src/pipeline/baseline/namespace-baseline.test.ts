import { expect, test } from "vitest";
import { edgeForTest, formatEdge } from "../../../test/arbitraries/edge.ts";
import { builtInGuardrails } from "./guardrails.ts";
import { namespaceBaselines } from "./namespace-baseline.ts";

test.each([
  ["what was seen is needed", ["tcp 192.0.2.1:443"], "needed"],
  ["what the cluster allowed is needed", ["tcp 192.0.2.1:443 allowed"], "needed"],
  ["what the cluster denied is not", ["tcp 192.0.2.1:443 denied"], "denied"],
  ["attempts that nobody answered are not", ["tcp 192.0.2.1:443 unanswered"], "unanswered"],
  ["an attempt at what answered before is", ["tcp 192.0.2.1:443 unanswered", "tcp 192.0.2.1:443"], "needed"],
  ["another port that answered does not help", ["tcp 192.0.2.1:443 unanswered", "tcp 192.0.2.1:80"], "unanswered"],
  ["the metadata service never is", ["tcp 169.254.169.254:80"], "forbidden"],
  ["neither is it over IPv6", ["tcp [fd00:ec2::254]:80"], "forbidden"],
  ["whichever the cloud", ["tcp [fd20:ce::254]:80"], "forbidden"],
  ["a block inside what is forbidden is not", ["tcp 169.254.0.0/24:80"], "forbidden"],
  ["a block that holds more is a need, which no proof will pass", ["tcp 169.0.0.0/8:80"], "needed"],
  ["link-local never is", ["tcp [fe80::1]:80"], "forbidden"],
  ["multicast never is", ["udp 224.0.0.251:5353"], "forbidden"],
  ["a port that was not recorded cannot be", ["tcp 192.0.2.1:0"], "no-port"],
  ["ICMP has no port and needs none", ["icmp 192.0.2.1"], "needed"],
])("%s", (_title, texts, expected) => {
  const [first, ...others] = texts.map((text) => edgeForTest(`shop/Deployment/cart ${text}`));
  const [baseline] = namespaceBaselines([first!, ...others], builtInGuardrails);
  const reason = baseline?.notLearned.find(({ edge }) => edge === first)?.reason;
  expect(baseline?.sanctioned.includes(first!) === true ? "needed" : reason).toBe(expected);
});

test("namespaces come in order and keep to their own traffic", () => {
  const edges = ["b/Deployment/x tcp 192.0.2.1:1", "a/Deployment/y tcp 192.0.2.2:2"].map((text) => edgeForTest(text));
  const told = namespaceBaselines(edges, []).map(({ namespace, sanctioned }) => [
    namespace,
    sanctioned.map(formatEdge),
  ]);
  expect(told).toEqual([
    ["a", ["a/Deployment/y tcp 192.0.2.2:2"]],
    ["b", ["b/Deployment/x tcp 192.0.2.1:1"]],
  ]);
});
