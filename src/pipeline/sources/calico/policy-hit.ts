import type { Decider } from "../../../core/policy/decider.ts";

interface Hit {
  readonly index: number;
  readonly action: string;
  readonly decider: Decider;
}

/**
 * The policy that gave `action`: of the hits (`2|default|shop/default.egress|allow|0`: index, tier, policy, action, rule) the
 * last, unless it has another action. Staged policies decide nothing, and profiles are no policies.
 * @see Calico Enterprise, flow log data types
 */
export function decidersOfHits(hits: readonly string[], action: string): readonly Decider[] {
  const read = hits.flatMap((text) => readHit(text) ?? []);
  const last = read.reduce((index, hit) => Math.max(index, hit.index), -1);
  return read.flatMap((hit) => (hit.index === last && hit.action === action ? [hit.decider] : []));
}

function readHit(text: string): Hit | undefined {
  const match = /^(\d{1,4})\|[^|]*\|(?:([^/|]*)\/)?([^/|]+)\|(\w+)\|(-?\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, index, namespace = "", name = "", action = "", rule] = match;
  if (name.startsWith("staged:")) return undefined;
  const decider = { ...policyOf(namespace, name), rule: Number(rule) < 0 ? undefined : Number(rule) };
  return { index: Number(index), action: action.toLowerCase(), decider };
}

/** How Calico calls policies of Kubernetes: a prefix with the tier that they stand in. */
const kubernetes = [
  ["knp.default.", "NetworkPolicy"],
  ["kanp.adminnetworkpolicy.", "AdminNetworkPolicy"],
  ["kbanp.baselineadminnetworkpolicy.", "BaselineAdminNetworkPolicy"],
  ["kcnp.kube-admin.", "ClusterNetworkPolicy"],
  ["kcnp.kube-baseline.", "ClusterNetworkPolicy"],
] as const;

/** Calico's own policies are called `<tier>.<name>`, of which people leave `default.` out. */
function policyOf(namespace: string, name: string): Omit<Decider, "rule"> {
  for (const [prefix, kind] of kubernetes) {
    if (name.length > prefix.length && name.startsWith(prefix))
      return { kind, namespace, name: name.slice(prefix.length) };
  }
  const kind = namespace === "" ? "CalicoGlobalNetworkPolicy" : "CalicoNetworkPolicy";
  return { kind, namespace, name: name.replace(/^default\.(?=.)/, "") };
}
