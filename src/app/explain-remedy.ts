import { type IpSet, ipSetOf } from "../core/net/ip-set.ts";
import { formatIp, type IpAddress } from "../core/net/ip.ts";
import { anyL4, hasPorts, l4Ports, l4Protocol, type L4Set, type Protocol } from "../core/net/l4.ts";
import type { CompiledRules } from "../core/policy/compile.ts";
import type { EffectivePolicy } from "../core/policy/effective.ts";
import type { Decider } from "../core/policy/evaluate.ts";
import { fitDnsName } from "../core/policy/kinds/dns-name.ts";
import type { Destination, EgressPolicy, Rule, SourceLocation } from "../core/policy/model.ts";
import { addsUp, leavesOrderOpen } from "../core/policy/tiers.ts";
import { walkTiers } from "../core/policy/walk-tiers.ts";
import { type Target, walk, type Walk } from "../core/policy/walk.ts";
import { builtInGuardrails, forbiddenBy, indexGuardrails } from "../pipeline/baseline/guardrails.ts";
import type { Resolve } from "../pipeline/verify/known-addresses.ts";

/** Whom a connection is made to. */
export type ExplainHost =
  | { readonly kind: "address"; readonly address: IpAddress }
  | { readonly kind: "name"; readonly name: string };

/** A question about one connection, with what is known to answer it. */
export interface ExplainContext {
  readonly target: Target;
  readonly resolve: Resolve;
  readonly excluded: IpSet;
  readonly host: ExplainHost;
  readonly protocol: Protocol;
  readonly port: number;
}

/** A rule that would let the connection pass this half, and where to write it. */
export interface AllowingRule {
  readonly policy: EgressPolicy;
  /** Index that the new rule gets in the object's own list; undefined: the place does not matter. */
  readonly before: number | undefined;
  /** Where the rule at that index stands now. */
  readonly at: SourceLocation | undefined;
  /** The list entry, as lines of YAML. */
  readonly yaml: readonly string[];
  /** What else it opens, as sentences. */
  readonly cautions: readonly string[];
}

type Half = NonNullable<EffectivePolicy["firewall"]>;

/** Proposes an allow in front of the first rule that denies, and walks the connection again to be sure it helps. */
export function allowingRule(half: Half, found: Walk, context: ExplainContext): AllowingRule | undefined {
  const denying = found.outcomes.find(
    // No allow wins over a deny that Cilium's policies write.
    ({ action, by }) => action === "deny" && (by === "otherwise" || !isCilium(half.origins[by]!.policy)),
  );
  if (denying === undefined) return undefined;
  if (half.list.parts !== undefined) return allowingTierRule(half, denying.by, context);
  const able = half.policies.filter((policy) => canSay(policy, context));
  const isAdding = half.policies.every((policy) => policy.kind === "NetworkPolicy" || isCilium(policy));
  // The API refuses an underscore.
  if (context.host.kind === "name" && !fitDnsName(context.host.name).isStored) return undefined;
  const index = denying.by === "otherwise" ? half.list.rules.length : denying.by;
  const origin = isAdding ? undefined : half.origins[index];
  const before = origin === undefined || origin.written === "otherwise" ? undefined : origin.written;
  // A NetworkPolicy knows no names, so it needs the address.
  const policy = origin?.policy ?? narrowest(able);
  if (policy === undefined || !canSay(policy, context)) return undefined;
  const rule = ruleFor(policy, context);
  const rules = half.list.rules.toSpliced(index, 0, rule);
  const again = walk({ rules, otherwise: half.list.otherwise }, context.target, context);
  const helps = again.outcomes.some(({ by, action }) => by === index && action === "allow");
  if (!helps) return undefined;
  return {
    policy,
    before: isAdding ? undefined : (before ?? policy.ruleLocations.length),
    at: before === undefined ? undefined : policy.ruleLocations[before],
    yaml: yamlOf(policy, context),
    cautions: cautionsFor(policy, context),
  };
}

/** The same where policies are asked one after another: the rule goes into the policy that denies. */
function allowingTierRule({ list, origins }: Half, by: Decider, context: ExplainContext): AllowingRule | undefined {
  const { parts = [] } = list;
  if (by === "otherwise") return undefined;
  const { policy, written } = origins[by]!;
  if (!canSay(policy, context)) return undefined;
  const rule = ruleFor(policy, context);
  const changed = parts.map((part) => {
    const isHere = part.first <= by && by < part.first + part.list.rules.length;
    const first = part.first > by ? part.first + 1 : part.first;
    return { ...part, first, list: isHere ? withRule(part.list, by - part.first, rule) : part.list };
  });
  const again = walkTiers({ ...list, parts: changed }, context.target, context);
  if (!again.outcomes.some((outcome) => outcome.by === by && outcome.action === "allow")) return undefined;
  const isAnywhere = addsUp(policy);
  const before = written === "otherwise" ? policy.ruleLocations.length : written;
  return {
    policy,
    before: isAnywhere ? undefined : before,
    at: isAnywhere ? undefined : policy.ruleLocations[before],
    yaml: yamlOf(policy, context),
    cautions: cautionsFor(policy, context),
  };
}

function withRule(list: CompiledRules, at: number, rule: Rule): CompiledRules {
  return { ...list, rules: list.rules.toSpliced(at, 0, rule) };
}

/** Of policies that add up, one for chosen pods rather than one for all, so that the new rule opens no more than needed. */
function narrowest(policies: readonly EgressPolicy[]): EgressPolicy | undefined {
  return policies.find(({ podSelector }) => podSelector !== undefined) ?? policies[0];
}

/** Kinds whose rules are written here; only firewalls have names on every cluster. */
function canSay(policy: EgressPolicy, { host }: ExplainContext): boolean {
  const { kind } = policy;
  if (kind === "EgressFirewall" || kind === "EgressNetworkPolicy" || isCilium(policy)) return true;
  return (kind === "NetworkPolicy" || isCalico(kind) || leavesOrderOpen(kind)) && host.kind === "address";
}

function isCalico(kind: EgressPolicy["kind"]): boolean {
  return kind === "CalicoNetworkPolicy" || kind === "CalicoGlobalNetworkPolicy";
}

function isCilium({ kind }: EgressPolicy): boolean {
  return kind === "CiliumNetworkPolicy" || kind === "CiliumClusterwideNetworkPolicy";
}

function ruleFor(policy: EgressPolicy, { host, protocol, port }: ExplainContext): Rule {
  const { kind } = policy;
  const to: Destination =
    host.kind === "name"
      ? { kind: "name", pattern: { kind: "exact", name: host.name } }
      : { kind: "addresses", addresses: ipSetOf(host.address) };
  const isIcmp = isCalico(kind) && protocol === "icmp";
  const isNarrow = kind !== "EgressNetworkPolicy" && hasPorts(protocol);
  const l4: L4Set = isNarrow ? [l4Ports(protocol, port)] : isIcmp ? [l4Protocol("icmp")] : anyL4;
  const rule = { action: "allow", to, l4, text: "the new rule", written: -1 } as const;
  return isCilium(policy) ? { ...rule, outsideOnly: true } : rule;
}

function yamlOf(policy: EgressPolicy, { host, protocol, port }: ExplainContext): readonly string[] {
  const { kind } = policy;
  const ports = hasPorts(protocol) ? [`- protocol: ${protocol.toUpperCase()}`, `  port: ${port}`] : [];
  const cidr = host.kind === "address" ? `${formatIp(host.address)}/${host.address.family === 4 ? 32 : 128}` : "";
  // A v6 address may end in `::`, which YAML would read as a key.
  const quotedCidr = cidr.includes(":") ? `"${cidr}"` : cidr;
  if (kind === "NetworkPolicy") {
    const listed = ports.length === 0 ? [] : ["  ports:", ...ports.map((line) => `    ${line}`)];
    return ["- to:", "    - ipBlock:", `        cidr: ${quotedCidr}`, ...listed];
  }
  if (isCilium(policy)) {
    const to =
      host.kind === "name"
        ? ["- toFQDNs:", `    - matchName: ${host.name}`]
        : ["- toCIDRSet:", `    - cidr: ${quotedCidr}`];
    const listed = [
      "  toPorts:",
      "    - ports:",
      `        - port: "${port}"`,
      `          protocol: ${protocol.toUpperCase()}`,
    ];
    return [...to, ...(hasPorts(protocol) ? listed : [])];
  }
  if (kind === "ClusterNetworkPolicy") {
    const listed = ["  protocols:", `    - ${protocol}:`, "        destinationPort:", `          number: ${port}`];
    return [
      "- action: Accept",
      "  to:",
      "    - networks:",
      `        - ${quotedCidr}`,
      ...(hasPorts(protocol) ? listed : []),
    ];
  }
  if (leavesOrderOpen(kind)) {
    const listed =
      ports.length === 0
        ? []
        : ["  ports:", "    - portNumber:", `        protocol: ${protocol.toUpperCase()}`, `        port: ${port}`];
    return ["- action: Allow", "  to:", "    - networks:", `        - ${quotedCidr}`, ...listed];
  }
  if (isCalico(kind)) {
    const version = host.kind === "address" && host.address.family === 6 ? "v6" : "";
    const word = protocol === "icmp" ? `ICMP${version}` : protocol.toUpperCase();
    return [
      "- action: Allow",
      ...(protocol === "other" ? [] : [`  protocol: ${word}`]),
      "  destination:",
      "    nets:",
      `      - ${quotedCidr}`,
      ...(hasPorts(protocol) ? ["    ports:", `      - ${port}`] : []),
    ];
  }
  const to = host.kind === "name" ? `dnsName: ${host.name}` : `cidrSelector: ${quotedCidr}`;
  const listed =
    kind === "EgressNetworkPolicy" || ports.length === 0 ? [] : ["  ports:", ...ports.map((line) => `    ${line}`)];
  return ["- type: Allow", "  to:", `    ${to}`, ...listed];
}

const guardrails = indexGuardrails(builtInGuardrails);

function cautionsFor(policy: EgressPolicy, { protocol, host }: ExplainContext): readonly string[] {
  const { kind } = policy;
  const cautions: string[] = [];
  if (isCilium(policy) && host.kind === "name")
    cautions.push("names are only learned where a rule with `rules.dns` allows DNS");
  if (kind === "EgressNetworkPolicy")
    cautions.push("this kind has no ports: the rule opens every port of the destination");
  else if (!hasPorts(protocol) && !(isCalico(kind) && protocol === "icmp"))
    cautions.push(`${protocol} cannot be named: a rule without ports opens every port of the destination`);
  const guardrail = host.kind === "address" ? forbiddenBy(guardrails, host.address) : undefined;
  if (guardrail !== undefined) cautions.push(`no proposal would ever allow this address: ${guardrail.reason}`);
  else if (host.kind === "address")
    cautions.push("an address may change: prefer a name or a published range where there is one");
  return cautions;
}
