import { type Cidr, ipSetOf, type IpSet } from "../../../src/core/net/ip-set.ts";
import { type L4Set, l4Ports } from "../../../src/core/net/l4.ts";
import type { RuleList } from "../../../src/core/policy/model.ts";
import type { Port } from "../../../src/pipeline/baseline/port.ts";

/** Allows these and nothing else: the form that every simple maker writes. */
export function allowList(
  allowed: readonly { readonly to: Cidr | IpSet | string; readonly ports: readonly Port[] }[],
): RuleList {
  return {
    otherwise: "deny",
    rules: allowed.map(({ to, ports }, written) => ({
      action: "allow",
      to:
        typeof to === "string"
          ? { kind: "name", pattern: { kind: "exact", name: to } }
          : { kind: "addresses", addresses: "v4" in to ? to : ipSetOf(to) },
      l4: l4Of(ports),
      text: "",
      written,
    })),
  };
}

function l4Of(ports: readonly Port[]): L4Set {
  return ports.map(({ protocol, port }) => l4Ports(protocol, port)).toSorted((a, b) => a.first - b.first);
}
