import { describe, expect, test } from "vitest";
import { codesForTest, manifestForTest } from "../manifest-for-test.ts";
import { readNetworkPolicy } from "./read.ts";

interface Read {
  readonly codes: readonly string[];
  readonly rules: readonly string[];
  readonly isolates: boolean;
  readonly applied: boolean;
}

function read(spec: unknown): Read {
  const { policy, findings } = readNetworkPolicy(
    manifestForTest({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "np", namespace: "shop" },
      spec,
    }),
  );
  const { rules, isolates, notApplied } = policy!;
  return {
    codes: codesForTest(findings),
    rules: rules.map(({ text }) => text),
    isolates,
    applied: notApplied === undefined,
  };
}

const toBlock = { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }] };

describe("which policies isolate egress", () => {
  test.each<[string, unknown, boolean, string[]]>([
    ["Egress alone denies all", { podSelector: {}, policyTypes: ["Egress"] }, true, []],
    ["Egress with rules", { podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [toBlock] }, true, []],
    [
      "rules without types isolate ingress too",
      { podSelector: {}, egress: [toBlock] },
      true,
      ["np_ingress_isolated at spec"],
    ],
    ["rules and ingress without types", { podSelector: {}, ingress: [], egress: [toBlock] }, true, []],
    [
      "an empty list without types does not",
      { podSelector: {}, egress: [] },
      false,
      ["np_egress_not_isolated at spec.egress"],
    ],
    [
      "an empty list of types is no types",
      { podSelector: {}, policyTypes: [], egress: [] },
      false,
      ["np_egress_not_isolated at spec.egress"],
    ],
    ["nothing about egress does not", { podSelector: {} }, false, []],
    [
      "Ingress alone does not, whatever the rules",
      { podSelector: {}, policyTypes: ["Ingress"], egress: [toBlock] },
      false,
      ["np_egress_ignored at spec.egress"],
    ],
    ["no pod selector selects all pods", { policyTypes: ["Egress"] }, true, ["np_pod_selector_missing at spec"]],
  ])("%s", (_, spec, isolates, codes) => expect(read(spec)).toMatchObject({ isolates, codes, applied: true }));
});

describe("rules", () => {
  const rule = (value: unknown): Read => read({ podSelector: {}, policyTypes: ["Egress"], egress: [value] });
  test.each<[string, unknown, string[], string[], boolean]>([
    [
      "a block with exceptions",
      { to: [{ ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.128/25"] } }] },
      ["Allow 203.0.113.0/24 except 203.0.113.128/25"],
      [],
      true,
    ],
    [
      "two peers are two rules",
      { to: [{ ipBlock: { cidr: "::/0" } }, { podSelector: {} }] },
      ["Allow ::/0", "Allow pods of this namespace"],
      [],
      true,
    ],
    [
      "pods elsewhere",
      { to: [{ namespaceSelector: { matchLabels: { a: "b" } }, podSelector: { matchLabels: { c: "d" } } }] },
      ["Allow pods c=d of namespaces a=b"],
      [],
      true,
    ],
    [
      "the protocol is TCP when unsaid",
      { ...toBlock, ports: [{ port: 443 }] },
      ["Allow 203.0.113.0/24 tcp/443"],
      [],
      true,
    ],
    ["a whole protocol", { ...toBlock, ports: [{ protocol: "UDP" }] }, ["Allow 203.0.113.0/24 udp"], [], true],
    [
      "a range",
      {
        ...toBlock,
        ports: [
          { port: 8000, endPort: 9000 },
          { protocol: "SCTP", port: 1 },
        ],
      },
      ["Allow 203.0.113.0/24 tcp/8000-9000 sctp/1"],
      [],
      true,
    ],
    ["ports everywhere", { ports: [{ protocol: "UDP", port: 53 }] }, ["Allow everything udp/53"], [], true],
    ["nothing said is everything allowed", {}, ["Allow everything"], ["np_rule_open at spec.egress[0]"], true],
    ["null is nothing said", null, ["Allow everything"], ["np_rule_open at spec.egress[0]"], true],
    [
      "a named port is the whole protocol",
      { ...toBlock, ports: [{ port: "https" }] },
      ["Allow 203.0.113.0/24 tcp"],
      ["np_named_port at spec.egress[0].ports[0].port"],
      true,
    ],
    [
      "host bits",
      { to: [{ ipBlock: { cidr: "203.0.113.9/24" } }] },
      ["Allow 203.0.113.0/24"],
      ["np_cidr_host_bits at spec.egress[0].to[0].ipBlock.cidr"],
      true,
    ],
    [
      "leading zeros",
      { to: [{ ipBlock: { cidr: "010.0.0.0/08" } }] },
      ["Allow 10.0.0.0/8"],
      ["np_cidr_old_form at spec.egress[0].to[0].ipBlock.cidr"],
      true,
    ],
    [
      "an exception as large as the block",
      { to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/8"] } }] },
      ["Allow 10.0.0.0/8"],
      ["np_except_outside at spec.egress[0].to[0].ipBlock.except[0]"],
      false,
    ],
    [
      "an exception of the other family",
      { to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["fd00::/64"] } }] },
      ["Allow 10.0.0.0/8"],
      ["np_except_outside at spec.egress[0].to[0].ipBlock.except[0]"],
      false,
    ],
    [
      "a bare address",
      { to: [{ ipBlock: { cidr: "203.0.113.9" } }] },
      [],
      ["np_cidr at spec.egress[0].to[0].ipBlock.cidr"],
      false,
    ],
    ["no cidr", { to: [{ ipBlock: {} }] }, [], ["object_field_missing at spec.egress[0].to[0].ipBlock"], false],
    ["an empty peer", { to: [{}] }, [], ["np_peer_empty at spec.egress[0].to[0]"], false],
    [
      "a mixed peer",
      { to: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] },
      [],
      ["np_peer_mixed at spec.egress[0].to[0]"],
      false,
    ],
    [
      "ICMP",
      { ...toBlock, ports: [{ protocol: "ICMP" }] },
      ["Allow 203.0.113.0/24 none"],
      ["np_protocol at spec.egress[0].ports[0].protocol"],
      false,
    ],
    [
      "port 0",
      { ...toBlock, ports: [{ port: 0 }] },
      ["Allow 203.0.113.0/24 none"],
      ["np_port at spec.egress[0].ports[0].port"],
      false,
    ],
    [
      "a number in quotes",
      { ...toBlock, ports: [{ port: "443" }] },
      ["Allow 203.0.113.0/24 none"],
      ["np_port at spec.egress[0].ports[0].port"],
      false,
    ],
    [
      "a range backwards",
      { ...toBlock, ports: [{ port: 9, endPort: 8 }] },
      ["Allow 203.0.113.0/24 none"],
      ["np_end_port at spec.egress[0].ports[0].endPort"],
      false,
    ],
    [
      "a range from a name",
      { ...toBlock, ports: [{ port: "http", endPort: 8 }] },
      ["Allow 203.0.113.0/24 none"],
      ["np_end_port at spec.egress[0].ports[0].endPort"],
      false,
    ],
    [
      "a selector that means nothing",
      { to: [{ podSelector: { matchExpressions: [{ key: "a", operator: "In" }] } }] },
      [],
      ["np_selector at spec.egress[0].to[0].podSelector.matchExpressions[0]"],
      false,
    ],
  ])("%s", (_, value, rules, codes, applied) => expect(rule(value)).toEqual({ rules, codes, applied, isolates: true }));
});
