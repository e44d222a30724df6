/**
 * Calico's order of policies, the obvious way: straight from the manifests, tier by tier, policy by policy, rule by rule,
 * with no sets and nothing compiled. Blocks are IPv4 alone, selectors compare one label, ports are single numbers.
 */
export interface OracleTier {
  readonly name: string;
  readonly order: number | undefined;
  readonly defaultAction: "Deny" | "Pass";
}

export interface OracleRule {
  readonly action: "Allow" | "Deny" | "Pass" | "Log";
  /** Prefixes of dotted addresses: `203.0.113.`; none: every destination. */
  readonly prefixes: readonly string[];
  readonly ports: readonly number[];
}

export interface OraclePolicy {
  readonly name: string;
  readonly tier: string;
  readonly order: number | undefined;
  /** Of the label `app`. */
  readonly app: { readonly is: "any" } | { readonly is: "equal" | "different"; readonly value: string };
  readonly hasEgress: boolean;
  readonly rules: readonly OracleRule[];
}

export interface OracleConnection {
  readonly app: string | undefined;
  readonly address: string;
  readonly port: number;
}

export function calicoVerdict(
  tiers: readonly OracleTier[],
  policies: readonly OraclePolicy[],
  { app, address, port }: OracleConnection,
): "allow" | "deny" {
  const isFor = (policy: OraclePolicy): boolean =>
    policy.hasEgress &&
    (policy.app.is === "any" || (policy.app.is === "equal" ? app === policy.app.value : app !== policy.app.value));
  const matches = ({ prefixes, ports }: OracleRule): boolean =>
    (prefixes.length === 0 || prefixes.some((prefix) => address.startsWith(prefix))) &&
    (ports.length === 0 || ports.includes(port));
  tier: for (const { name, defaultAction } of tiers.toSorted(byOrderAndName)) {
    const own = policies.filter((policy) => policy.tier === name && isFor(policy)).toSorted(byOrderAndName);
    for (const { action, ...rule } of own.flatMap(({ rules }) => rules)) {
      if (action === "Log" || !matches({ action, ...rule })) continue;
      if (action === "Pass") continue tier;
      return action === "Allow" ? "allow" : "deny";
    }
    if (own.length > 0 && defaultAction === "Deny") return "deny";
  }
  return "allow";
}

interface Ordered {
  readonly name: string;
  readonly order: number | undefined;
}

function byOrderAndName(a: Ordered, b: Ordered): number {
  const [x, y] = [a.order ?? Infinity, b.order ?? Infinity];
  return x === y ? (a.name < b.name ? -1 : 1) : x < y ? -1 : 1;
}
