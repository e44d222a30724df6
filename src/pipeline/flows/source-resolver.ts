import { formatIp, type IpAddress } from "../../core/net/ip.ts";
import type { Workload } from "../../core/workload/workload.ts";
import { utf8Text } from "../sources/text-bytes.ts";
import { addressOfWords } from "./address-words.ts";
import type { ClusterFacts, PodFacts } from "./cluster-facts.ts";
import { workloadOfOwner, workloadOfPodName } from "./owner-guess.ts";

/** Who an edge belongs to. */
export interface EdgeOwner {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
}

/** As RFC 1123 wants it; anything else did not come from Kubernetes, and must not become a file name later. */
const namespacePattern = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** OVN crops ACL names at 63 characters, so that after `EF:` at most 60 of a namespace are left. */
const croppedNamespaceLength = 60;

/**
 * Gives a source its workload: from what the record says, from the cluster dump, or from the pod's name. Of live flows
 * the address has been looked up by time already (`attribute`): whoever has it when they are gathered is somebody else.
 */
export class SourceResolver {
  private readonly facts: ClusterFacts;
  private readonly isAttributed: boolean;
  private readonly namespaces: readonly string[];
  /** Made when first asked for: what is seen live mostly names its owner, or has been attributed. */
  private byName: ReadonlyMap<string, PodFacts> | undefined;
  private byAddress: ReadonlyMap<string, PodFacts> | undefined;

  constructor(facts: ClusterFacts, isAttributed = false) {
    this.facts = facts;
    this.isAttributed = isAttributed;
    this.namespaces = facts.namespaces.map(({ name }) => name);
  }

  /** Undefined when neither the record nor the dump says whose address it is. */
  resolve(key: Uint8Array): EdgeOwner | undefined {
    const { cluster, namespace: said, ownerKind, ownerName, pod, address, isFollowed } = readSource(key);
    const known = address === undefined ? undefined : this.podAt(address);
    const namespace = said === "" ? (known?.namespace ?? "") : this.wholeNamespace(said);
    if (!namespacePattern.test(namespace)) return undefined;
    const at = { cluster, namespace };
    if (isFollowed) return { ...at, workload: { kind: ownerKind, name: ownerName } };
    if (ownerName !== "") return { ...at, workload: workloadOfOwner(ownerKind, ownerName) };
    if (pod !== "") {
      const workload = this.podNamed(namespace, pod)?.workload ?? workloadOfPodName(pod);
      return { ...at, workload };
    }
    // An address is used again by other pods: the namespace in the record is from then, the dump is from now.
    if (known !== undefined && known.namespace === namespace) return { ...at, workload: known.workload };
    // A person may name only the namespace: then it is all of its pods that are meant.
    if (address === undefined) return { ...at, workload: { kind: "Namespace", name: namespace } };
    return { ...at, workload: { kind: "Pod", name: formatIp(address) } };
  }

  private podNamed(namespace: string, name: string): PodFacts | undefined {
    this.byName ??= new Map(this.facts.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
    return this.byName.get(`${namespace}/${name}`);
  }

  private podAt(address: IpAddress): PodFacts | undefined {
    if (this.isAttributed) return undefined;
    this.byAddress ??= new Map(
      this.facts.pods
        .filter(({ isHostNetwork }) => !isHostNetwork)
        .flatMap((pod) => pod.addresses.map((own) => [formatIp(own), pod])),
    );
    return this.byAddress.get(formatIp(address));
  }

  private wholeNamespace(said: string): string {
    if (said.length !== croppedNamespaceLength || this.namespaces.includes(said)) return said;
    const candidates = this.namespaces.filter((name) => name.startsWith(said));
    return candidates.length === 1 ? candidates[0]! : said;
  }
}

/**
 * The parts of a source key, in the order in which `FlowTable` writes them. An owner in front of an empty pod is one
 * that `PodIdentity` wrote: it has been followed to its end.
 */
function readSource(key: Uint8Array): {
  cluster: string;
  namespace: string;
  ownerKind: string;
  ownerName: string;
  pod: string;
  address: IpAddress | undefined;
  isFollowed: boolean;
} {
  const parts: string[] = [];
  let from = 0;
  for (let p = 0; p < key.length && parts.length < 5; p += 1) {
    if (key[p] !== 0) continue;
    parts.push(utf8Text(key, from, p));
    from = p + 1;
  }
  const [cluster = "", namespace = "", ownerKind = "", ownerName = "", pod = ""] = parts;
  const rest = key.subarray(from);
  const words = Uint32Array.from({ length: rest.length >> 2 }, (_, i) =>
    new DataView(rest.buffer, rest.byteOffset, rest.byteLength).getUint32(4 * i),
  );
  const address = words.length === 0 ? undefined : addressOfWords(words.length === 1 ? 4 : 6, words, 0);
  const isFollowed = parts.length === 5 && ownerName !== "" && pod === "";
  return { cluster, namespace, ownerKind, ownerName, pod, address, isFollowed };
}
