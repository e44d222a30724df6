import { isLabelKey, labelSelector } from "../../label-selector.ts";
import type { LabelSelector } from "../../model.ts";
import { ciliumNamespacePrefix } from "../../subject.ts";

type Requirement = LabelSelector["requirements"][number];

/** What a selector of Cilium's asks for, by what its labels are labels of. */
export interface EndpointSelector {
  /** Undefined where the selector does not speak of namespaces. */
  readonly namespaces: LabelSelector | undefined;
  readonly pods: LabelSelector;
  /** `host`, `world`: Cilium's own identities, `reserved:host`. */
  readonly reserved: readonly string[];
  /** Keys of labels that no record tells: service accounts, other clusters. */
  readonly notRecorded: readonly string[];
  /** What a policy of one namespace asks of its pods besides: the above as written, and labels of the namespace. */
  readonly besides: readonly Requirement[];
  /** What it asks of the namespace's name. */
  readonly named: LabelSelector;
}

/** Where a label comes from; `any` and nothing leave it open. */
const sourced = /^(k8s|any|reserved|cidr|fqdn|container|unspec|node|cni):(.+)$/s;
export const namespaceLabel = "k8s:io.kubernetes.pod.namespace";
const namespaceName = "io.kubernetes.pod.namespace";

export function isCiliumLabelKey(key: string): boolean {
  const match = sourced.exec(key);
  return match === null ? isLabelKey(key) : match[1] === "cidr" || isLabelKey(match[2]!);
}

/** Sorts the requirements of a selector as it is written by what they are about. */
export function endpointSelectorOf({ requirements }: LabelSelector): EndpointSelector {
  const namespaces: Requirement[] = [];
  const pods: Requirement[] = [];
  const reserved: string[] = [];
  const notRecorded: string[] = [];
  const besides: Requirement[] = [];
  const named: Requirement[] = [];
  for (const requirement of requirements) {
    const [, source, bare = requirement.key] = sourced.exec(requirement.key) ?? [];
    const isOther = source !== undefined && source !== "k8s" && source !== "any";
    if (isOther || bare.startsWith("io.cilium.k8s.policy.")) {
      const isIdentity = source === "reserved" && isIdentityOf(requirement);
      (isIdentity ? reserved : notRecorded).push(isIdentity ? bare : requirement.key);
      besides.push(requirement);
    } else if (bare === namespaceName) named.push({ ...requirement, key: "kubernetes.io/metadata.name" });
    else if (bare.startsWith(ciliumNamespacePrefix)) {
      namespaces.push({ ...requirement, key: bare.slice(ciliumNamespacePrefix.length) });
      besides.push({ ...requirement, key: bare });
    } else pods.push({ ...requirement, key: bare });
  }
  return {
    namespaces: namespaces.length + named.length === 0 ? undefined : labelSelector([...namespaces, ...named]),
    pods: labelSelector(pods),
    reserved,
    notRecorded,
    besides,
    named: labelSelector(named),
  };
}

/** Labels of identities have no value. */
function isIdentityOf({ operator, values }: Requirement): boolean {
  return operator === "Exists" || (operator === "In" && values.includes(""));
}
