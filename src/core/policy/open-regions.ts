import { union } from "../net/interval-set.ts";
import { countIp, type IpSet, ipSetKey, isEmptyIp, noAddresses, subtractIp } from "../net/ip-set.ts";
import type { Family } from "../net/ip.ts";
import { countL4, type L4Set } from "../net/l4.ts";
import { noRule } from "./column.ts";
import { commonCells } from "./common-cells.ts";
import { type CompiledRules, compile } from "./compile.ts";
import type { EffectivePolicy, Half, Origin } from "./effective.ts";
import { type Exposure, actionOf, log2 } from "./exposure.ts";
import type { Destination, EgressPolicy, SourceLocation } from "./model.ts";

/** Connections that pods may make: `addresses` × `l4`, and what lets them through in each half. */
export interface OpenRegion {
  readonly addresses: IpSet;
  readonly l4: L4Set;
  /** The rule of the firewall; undefined where there is no firewall. */
  readonly firewall: Opener | undefined;
  /** The rule of the network policies; undefined where none applies. */
  readonly networkPolicy: Opener | undefined;
}

/** What lets a connection through: a rule, or that no rule matches. */
export interface Opener {
  readonly policy: EgressPolicy | undefined;
  readonly rule: Origin["written"];
  readonly text: string;
  /** Where the rule points; undefined where no rule matches. */
  readonly to: Destination | undefined;
}

/** Where what opens is written: the rule, or the object where none matches. */
export function placeOfOpener({ policy, rule }: Opener): SourceLocation | undefined {
  return (rule === "otherwise" ? undefined : policy?.ruleLocations[rule]) ?? policy?.at;
}

const everything = compile({ rules: [], otherwise: "allow" });

/**
 * All that both halves of a pod's policies allow, by the rules that allow it, disjoint. Names and selectors count by the
 * addresses that the policy was compiled with; those that nobody knows are left out. A half that cannot be judged, because
 * an object in it may or may not be in force, counts as the rules say.
 * @param outOfScope addresses to leave out, such as the pod networks
 */
export function openRegions(
  { firewall, networkPolicy }: EffectivePolicy,
  outOfScope: IpSet = noAddresses,
): readonly OpenRegion[] {
  const [a, b] = [listOf(firewall), listOf(networkPolicy)];
  const regions = new Map<string, OpenRegion>();
  for (const cell of commonCells(a, b)) {
    if (actionOf(a, cell.a) !== "allow" || actionOf(b, cell.b) !== "allow") continue;
    const addresses = subtractIp(cell.addresses, outOfScope);
    if (isEmptyIp(addresses)) continue;
    const key = `${cell.a} ${cell.b} ${ipSetKey(addresses)}`;
    const known = regions.get(key);
    if (known !== undefined) regions.set(key, { ...known, l4: union(known.l4, cell.l4) });
    else {
      const own = { firewall: openerOf(firewall, cell.a), networkPolicy: openerOf(networkPolicy, cell.b) };
      regions.set(key, { addresses, l4: cell.l4, ...own });
    }
  }
  return [...regions.values()];
}

function listOf(half: Half | undefined): CompiledRules {
  if (half === undefined) return everything;
  return half.override?.kind === "deny" ? compile({ rules: [], otherwise: "deny" }) : half.list;
}

function openerOf(half: Half | undefined, index: number): Opener | undefined {
  if (half === undefined) return undefined;
  if (index === noRule) return { policy: half.policies[0], rule: "otherwise", text: "no rule matches", to: undefined };
  const { policy, written } = half.origins[index]!;
  const { text, to } = half.list.rules[index]!;
  return { policy, rule: written, text, to };
}

/** {@link exposure} of what both halves leave open together. */
export function effectiveExposure(policy: EffectivePolicy, regions: readonly OpenRegion[]): Exposure {
  const pairs = (family: Family): bigint => regions.reduce((sum, region) => sum + pairsOf(region, family), 0n);
  const unresolved = [policy.firewall, policy.networkPolicy].flatMap((half) =>
    half === undefined ? [] : half.list.symbolic.filter(({ index }) => half.list.rules[index]!.action === "allow"),
  );
  return { v4: log2(pairs(4)), v6: log2(pairs(6)), unresolvedRules: unresolved.length };
}

function pairsOf({ addresses, l4 }: Pick<OpenRegion, "addresses" | "l4">, family: Family): bigint {
  return countIp(addresses, [family]) * BigInt(countL4(l4));
}
