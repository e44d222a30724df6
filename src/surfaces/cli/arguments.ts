import { InvalidArgumentError } from "commander";
import { type Cidr, parseCidr } from "../../core/net/ip-set.ts";
import { isLabelKey, isLabelValue } from "../../core/policy/label-selector.ts";
import { quoted } from "../../core/quoted.ts";
import type { Labels } from "../../pipeline/flows/cluster-facts.ts";
import { type ExplainTarget, parseTarget } from "./commands/explain/target.ts";

/** Readers of option values: each returns the value or says what is wrong with it. */

/** An option that can be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** Blocks, several times or separated by commas. */
export function collectCidrs(value: string, earlier: readonly Cidr[] | undefined): readonly Cidr[] {
  const cidrs = value.split(",").map((text) => {
    const cidr = parseCidr(text.trim());
    if (!cidr.ok) throw new InvalidArgumentError(cidr.error.message);
    return cidr.value;
  });
  return [...(earlier ?? []), ...cidrs];
}

/** `app=web,tier=edge`. */
export function parseLabels(value: string): Labels {
  const entries = value.split(",").map((text): [string, string] => {
    const [key = "", own, ...more] = text.trim().split("=");
    if (own === undefined || more.length > 0 || !isLabelKey(key) || !isLabelValue(own)) {
      throw new InvalidArgumentError(`${quoted(text)} is not a label, write \`key=value,key=value\``);
    }
    return [key, own];
  });
  return Object.fromEntries(entries);
}

/** As AdminNetworkPolicies and ClusterNetworkPolicies have it. */
export function toPriority(value: string): number {
  const priority = Number(value);
  if (/^\d{1,4}$/.test(value) && priority <= 1000) return priority;
  throw new InvalidArgumentError(`${quoted(value)} is not a priority, write a number from 0 to 1000`);
}

/** A namespace as Kubernetes names them; a typing error would otherwise only show as "no traffic". */
export function collectNamespaces(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), ...value.split(",").map((text) => parseNamespace(text.trim()))];
}

export function parseNamespace(value: string): string {
  if (value.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value)) return value;
  throw new InvalidArgumentError(`${quoted(value)} is not a namespace: lower-case letters, digits and \`-\``);
}

export function parseDestination(value: string): { readonly target: ExplainTarget; readonly text: string } {
  const target = parseTarget(value);
  if (!target.ok) throw new InvalidArgumentError(target.error);
  return { target: target.value, text: value };
}
