import { describe, expect, test } from "vitest";
import { parseCidr, ipSetOf } from "../../src/core/net/ip-set.ts";
import { anyL4, l4Ports, type L4Set, type Protocol } from "../../src/core/net/l4.ts";
import { namePattern } from "../../src/core/net/name-pattern.ts";
import type { Action, Destination, Rule } from "../../src/core/policy/model.ts";
import { knownAddresses, mustParseIp } from "../arbitraries/evidence.ts";
import { oracleEvaluate } from "./evaluate.ts";

function block(text: string): Destination {
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new Error(cidr.error.message);
  return { kind: "addresses", addresses: ipSetOf(cidr.value) };
}

function name(text: string): Destination {
  return { kind: "name", pattern: namePattern(text, "one-label") };
}

function rule(action: Action, to: Destination, l4: L4Set = anyL4): Rule {
  return { action, to, l4, text: "", written: 0 };
}

const rules = [
  rule("allow", block("192.0.2.0/24"), [l4Ports("tcp", 443)]),
  rule("deny", block("192.0.2.0/24")),
  rule("allow", name("v6.example.org")),
  rule("deny", name("unseen.example.com"), [l4Ports("udp", 53)]),
  rule("deny", block("2001:db8::/32")),
];

describe("the oracle takes the first rule that matches", () => {
  test.each<[Protocol, string, number, string]>([
    // rule 0: TCP 443 inside the block
    ["tcp", "192.0.2.0", 443, "allow by 0"],
    ["tcp", "192.0.2.255", 443, "allow by 0"],
    // rule 1: everything else inside it
    ["tcp", "192.0.2.255", 444, "deny by 1"],
    ["udp", "192.0.2.0", 443, "deny by 1"],
    ["icmp", "192.0.2.0", 0, "deny by 1"],
    // nothing matches next to the block
    ["tcp", "192.0.1.255", 443, "allow by otherwise"],
    ["tcp", "192.0.3.0", 443, "allow by otherwise"],
    // a name with known addresses, before the block around it
    ["other", "2001:db8:0:1::1", 0, "allow by 2"],
    ["tcp", "2001:db8:0:1::2", 443, "deny by 4"],
    // a name nobody has seen: unknown wherever it could change the answer, and only there
    ["udp", "2001:db8::1", 53, "deny by 4"],
    ["udp", "2001:db8::1", 54, "deny by 4"],
    ["udp", "198.51.100.1", 53, "unknown by 3"],
  ])("%s %s port %i → %s", (protocol, address, port, verdict) => {
    const connection = { address: mustParseIp(address), protocol, port };
    const { kind, by } = oracleEvaluate({ rules, otherwise: "allow" }, connection, knownAddresses);
    expect(`${kind} by ${by}`).toBe(verdict);
  });
});
