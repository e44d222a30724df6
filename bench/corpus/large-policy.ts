import { ipSetOf, type Cidr } from "../../src/core/net/ip-set.ts";
import { anyL4, l4Ports } from "../../src/core/net/l4.ts";
import type { Rule, RuleList } from "../../src/core/policy/model.ts";
import { seeded } from "./random.ts";

/** An EgressFirewall as large as the kind allows: IPv4 and IPv6 blocks with ports, nested ones among them, then deny. */
export function largePolicy(rules: number, seed: number, named = 0): RuleList {
  const { next } = seeded(seed);
  const list: Rule[] = [];
  const add = (action: Rule["action"], to: Rule["to"], l4: Rule["l4"]): void => {
    list.push({ action, to, l4, text: `${action} rule ${list.length}`, written: list.length });
  };
  const addresses = (cidr: Cidr): Rule["to"] => ({ kind: "addresses", addresses: ipSetOf(cidr) });
  while (list.length < rules - 2 - named) {
    const isV4 = next() < 0.75;
    const bits = isV4 ? 32 : 128;
    const prefixLength = isV4 ? 16 + Math.floor(next() * 17) : 40 + Math.floor(next() * 89);
    const host = BigInt(bits - prefixLength);
    const high = isV4
      ? BigInt(Math.floor(next() * 2 ** 32))
      : (0x2001_0db8n << 96n) | (BigInt(Math.floor(next() * 2 ** 48)) << 40n);
    const ports = [443, 80, 5432, 8443, 9093].slice(0, 1 + Math.floor(next() * 3));
    const l4 = next() < 0.1 ? anyL4 : ports.sort((a, b) => a - b).map((port) => l4Ports("tcp", port));
    add(
      next() < 0.9 ? "allow" : "deny",
      addresses({ family: isV4 ? 4 : 6, first: (high >> host) << host, prefixLength }),
      l4,
    );
  }
  for (let i = 0; i < named; i += 1) {
    add("allow", { kind: "name", pattern: { kind: "exact", name: `api-${i}.example.com` } }, [l4Ports("tcp", 443)]);
  }
  add("deny", addresses({ family: 4, first: 0n, prefixLength: 0 }), anyL4);
  add("deny", addresses({ family: 6, first: 0n, prefixLength: 0 }), anyL4);
  return { rules: list, otherwise: "allow" };
}
