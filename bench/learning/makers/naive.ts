import { type Cidr, cidrAround, formatCidr } from "../../../src/core/net/ip-set.ts";
import { familyBits } from "../../../src/core/net/ip.ts";
import { hasPorts } from "../../../src/core/net/l4.ts";
import type { Port } from "../../../src/pipeline/baseline/port.ts";
import type { Edge } from "../../../src/pipeline/flows/edge.ts";
import { allowList } from "./allow-list.ts";
import type { MadePolicy, PolicyMaker } from "./maker.ts";

/** Allows what was answered, every destination in one form. */
function simpleMaker(
  name: string,
  formOf: (edge: Edge) => { readonly to: readonly (Cidr | string)[]; readonly anyPort?: true },
): PolicyMaker {
  return {
    name,
    make({ harvest }) {
      const byNamespace = Map.groupBy(
        harvest.edges.filter(({ verdict }) => verdict !== "unanswered"),
        ({ namespace }) => namespace,
      );
      return new Map([...byNamespace].map(([namespace, edges]) => [namespace, policyOf(edges, formOf)]));
    },
  };
}

function policyOf(
  edges: readonly Edge[],
  formOf: (edge: Edge) => { readonly to: readonly (Cidr | string)[] },
): MadePolicy {
  const rules = new Map<string, { readonly to: Cidr | string; readonly ports: Map<string, Port> }>();
  for (const edge of edges) {
    const { protocol, port } = edge;
    if (!hasPorts(protocol)) continue;
    for (const to of formOf(edge).to) {
      const key = typeof to === "string" ? to : formatCidr(to);
      const rule = rules.get(key) ?? { to, ports: new Map<string, Port>() };
      rules.set(key, rule);
      rule.ports.set(`${protocol}/${port}`, { protocol, port });
    }
  }
  const list = allowList([...rules.values()].map(({ to, ports }) => ({ to, ports: [...ports.values()] })));
  return { list, rules: list.rules.length, readiness: undefined };
}

const exactly = ({ address }: Edge): Cidr => cidrAround(address, familyBits[address.family]);

/** Every address that was seen, alone. */
export const eachAddress = simpleMaker("every address /32", (edge) => ({ to: [exactly(edge)] }));

/** The network of 256 addresses around each, of IPv6 the /64. */
export const neighbourhoods = simpleMaker("/24 grouping", ({ address }) => ({
  to: [cidrAround(address, address.family === 4 ? 24 : 64)],
}));

/** Every name that was seen; the address itself where none was. */
export const namesOnly = simpleMaker("names only", (edge) => ({
  to: edge.names.length === 0 ? [exactly(edge)] : edge.names,
}));

const everywhere: readonly Cidr[] = [
  { family: 4, first: 0n, prefixLength: 0 },
  { family: 6, first: 0n, prefixLength: 0 },
];

/** The ports that were seen, to anywhere. */
export const portAnywhere = simpleMaker("port anywhere", () => ({ to: everywhere }));
