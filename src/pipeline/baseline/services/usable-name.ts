const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A name a policy may carry, in canonical form: letters, digits and `-` in two or more labels. Names of the cluster itself and
 * reverse names say nothing about the outside; an underscore is refused by the EgressFirewall CRD (policy-semantics §1.1).
 */
export function isUsableName(name: string): boolean {
  if (name.length > 253 || /(^|\.)(local|internal\.cluster|in-addr\.arpa|ip6\.arpa)$/.test(name)) return false;
  const labels = name.split(".");
  // A last label of digits only would be read as an address.
  return labels.length >= 2 && labels.every((each) => label.test(each)) && !/^[0-9]+$/.test(labels.at(-1)!);
}
