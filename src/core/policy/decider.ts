/** What a cluster says decided a flow: a policy, and the rule of it where that is told too. */
export interface Decider {
  /** As Kubernetes calls it: `EgressFirewall`, `NetworkPolicy`, `CiliumNetworkPolicy`; `Policy` where only the name is told. */
  readonly kind: string;
  /** Empty for policies of the whole cluster. */
  readonly namespace: string;
  /** {@link anyPolicy} where no rule of any policy matched: the default deny of a namespace. */
  readonly name: string;
  /** Index into the policy's rules, from 0; undefined where it is not told. */
  readonly rule: number | undefined;
}

export const anyPolicy = "*";
/** Of a decider's text. Longer ones would be names that no cluster has. */
export const maxDeciderText = 253;

const text =
  /^([A-Z][A-Za-z]{0,62})\/((?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)?)\/(\*|[a-z0-9](?:[-a-z0-9_.]*[a-z0-9])?)(?:#(0|[1-9]\d{0,4}))?$/;

/**
 * `EgressFirewall/shop/default#3`, `AdminNetworkPolicy//tenants#1`, `NetworkPolicy/shop/*`: one text for one decider,
 * ASCII, at most {@link maxDeciderText} characters. Undefined for what no cluster can mean: such names reach outputs and
 * stores, and come from the network.
 */
export function formatDecider({ kind, namespace, name, rule }: Decider): string | undefined {
  const written = `${kind}/${namespace}/${name}${rule === undefined ? "" : `#${rule}`}`;
  // A name with a `#` in it would read back as another decider.
  return parseDecider(written)?.name === name ? written : undefined;
}

/** Reads what {@link formatDecider} writes, and nothing else. */
export function parseDecider(written: string): Decider | undefined {
  if (written.length > maxDeciderText) return undefined;
  const match = text.exec(written);
  if (match === null) return undefined;
  const [, kind = "", namespace = "", name = "", digits] = match;
  return { kind, namespace, name, rule: digits === undefined ? undefined : Number(digits) };
}
