import { isLabelKey, labelSelector } from "../../label-selector.ts";
import type { LabelSelector } from "../../model.ts";

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
}

/** Where a label comes from; `any` and nothing leave it open. */
const sourced = /^(k8s|any|reserved|cidr|fqdn|container|unspec|node|cni):(.+)$/s;
export const namespaceLabel = "k8s:io.kubernetes.pod.namespace";
const namespaceName = "io.kubernetes.pod.namespace";
const namespaceLabels = "io.cilium.k8s.namespace.labels.";

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
  for (const requirement of requirements) {
    const [, source, bare = requirement.key] = sourced.exec(requirement.key) ?? [];
    if (source === "reserved") {
      if (requirement.operator === "DoesNotExist" || requirement.operator === "NotIn")
        notRecorded.push(requirement.key);
      else reserved.push(bare);
    } else if (source !== undefined && source !== "k8s" && source !== "any") notRecorded.push(requirement.key);
    else if (bare === namespaceName) namespaces.push({ ...requirement, key: "kubernetes.io/metadata.name" });
    else if (bare.startsWith(namespaceLabels)) {
      namespaces.push({ ...requirement, key: bare.slice(namespaceLabels.length) });
    } else if (bare.startsWith("io.cilium.k8s.policy.")) notRecorded.push(requirement.key);
    else pods.push({ ...requirement, key: bare });
  }
  return {
    namespaces: namespaces.length === 0 ? undefined : labelSelector(namespaces),
    pods: labelSelector(pods),
    reserved,
    notRecorded,
  };
}
