import { equal, intervalSet } from "../../net/interval-set.ts";
import { type IpSet, ipSetOfAll, toCidrs } from "../../net/ip-set.ts";
import { anyL4, l4Ports } from "../../net/l4.ts";
import { quoted } from "../../quoted.ts";
import type { EgressFirewallDraft, EgressNetworkPolicyDraft, EgressNetworkPolicyDraftRule } from "../draft.ts";
import type { KnownCluster } from "../inspect-set.ts";
import { selects } from "../label-selector.ts";
import type { Destination, EgressPolicy, Rule } from "../model.ts";
import { actionOfRule } from "./action-of-rule.ts";
import { type ConversionLoss, loss, nameOf, placeOfRule } from "./loss.ts";
import { firewallOfNetworkPolicies } from "./to-egress-firewall.ts";

export interface LegacyConversion {
  readonly drafts: readonly EgressNetworkPolicyDraft[];
  readonly losses: readonly ConversionLoss[];
}

/** Rule by rule, without ports, IPv6, wildcards and node selectors, which the legacy kind does not have. */
export function legacyOfFirewall(policy: EgressPolicy, cluster: KnownCluster | undefined): LegacyConversion {
  const losses: ConversionLoss[] = [
    loss("kind_removed", policy.at, `${nameOf(policy)} becomes an EgressNetworkPolicy`),
  ];
  const rules = policy.rules.flatMap((rule) => new RuleConversion(policy, rule, cluster, losses).rules());
  return {
    drafts: [{ kind: "EgressNetworkPolicy", namespace: policy.namespace, name: "default", comment: [], rules }],
    losses,
  };
}

/** By way of the EgressFirewall that says the same; losses of both steps. */
export function legacyOfNetworkPolicies(
  policies: readonly EgressPolicy[],
  cluster: KnownCluster | undefined,
): LegacyConversion {
  const { drafts, losses } = firewallOfNetworkPolicies(policies);
  const legacy = drafts.map((draft) => legacyOfFirewall(policyOf(draft, policies[0]!), cluster));
  return { drafts: legacy.flatMap((one) => one.drafts), losses: [...losses, ...legacy.flatMap((one) => one.losses)] };
}

/** What the draft means; its rules stand where the first source does. */
function policyOf({ rules, namespace, name }: EgressFirewallDraft, source: EgressPolicy): EgressPolicy {
  return {
    ...source,
    kind: "EgressFirewall",
    namespace,
    name,
    podSelector: undefined,
    otherwise: "allow",
    ruleLocations: [],
    rules: rules.map(({ action, to, ports }, written): Rule => {
      const l4 = ports.length === 0 ? anyL4 : intervalSet(ports.map(({ protocol, port }) => l4Ports(protocol, port)));
      const destination: Destination =
        to.kind === "cidr" ? { kind: "addresses", addresses: ipSetOfAll([to.cidr]) } : to;
      return { action, to: destination, l4, text: `rule ${written}`, written };
    }),
  };
}

class RuleConversion {
  readonly #policy: EgressPolicy;
  readonly #rule: Rule;
  readonly #cluster: KnownCluster | undefined;
  readonly #losses: ConversionLoss[];

  constructor(policy: EgressPolicy, rule: Rule, cluster: KnownCluster | undefined, losses: ConversionLoss[]) {
    this.#policy = policy;
    this.#rule = rule;
    this.#cluster = cluster;
    this.#losses = losses;
  }

  rules(): readonly EgressNetworkPolicyDraftRule[] {
    const { to, l4 } = this.#rule;
    if (l4.length === 0) return [];
    const rules = this.#destinations(to);
    if (rules.length > 0 && !equal(l4, anyL4)) this.#lose("ports_dropped", "names ports");
    return rules;
  }

  #destinations(to: Destination): readonly EgressNetworkPolicyDraftRule[] {
    const action = actionOfRule(this.#rule);
    switch (to.kind) {
      case "addresses":
        return this.#blocks(to.addresses);
      case "name":
        if (to.pattern.kind === "exact") return [{ action, to, comment: [] }];
        this.#lose("name_dropped", "has a wildcard");
        return [];
      case "nodes":
        return this.#nodes(to);
      case "pods":
      case "api-server":
      case "unknown":
        return [];
      default:
        return to satisfies never;
    }
  }

  #nodes(to: Extract<Destination, { kind: "nodes" }>): readonly EgressNetworkPolicyDraftRule[] {
    const nodes = this.#cluster?.nodes ?? [];
    if (nodes.length === 0) {
      this.#lose("nodes_dropped", "selects nodes, and no cluster dump says which");
      return [];
    }
    const addresses = nodes.filter(({ labels }) => selects(to.selector, labels)).flatMap((node) => node.addresses);
    const at = placeOfRule(this.#policy, this.#rule.written);
    this.#losses.push(loss("nodes_frozen", at, `${quoted(this.#rule.text)} becomes today's addresses of the nodes`));
    return this.#blocks(ipSetOfAll(addresses));
  }

  #blocks({ v4, v6 }: IpSet): readonly EgressNetworkPolicyDraftRule[] {
    if (v6.length > 0) this.#lose("ipv6_dropped", "has IPv6 addresses");
    return toCidrs({ v4, v6: [] }).flatMap((cidr): readonly EgressNetworkPolicyDraftRule[] => {
      if (cidr.first === 0n && cidr.prefixLength === 32) {
        this.#lose("address_dropped", "names `0.0.0.0/32`");
        return [];
      }
      return [{ action: actionOfRule(this.#rule), to: { kind: "cidr", cidr }, comment: [] }];
    });
  }

  #lose(
    what: "ports_dropped" | "name_dropped" | "nodes_dropped" | "ipv6_dropped" | "address_dropped",
    why: string,
  ): void {
    const at = placeOfRule(this.#policy, this.#rule.written);
    this.#losses.push(loss(`${actionOfRule(this.#rule)}_${what}`, at, `${quoted(this.#rule.text)} ${why}`));
  }
}
