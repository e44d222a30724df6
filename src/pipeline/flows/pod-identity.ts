import type { Workload } from "../../core/workload/workload.ts";
import type { SourceKey } from "../sources/observation.ts";
import { utf8Bytes } from "../sources/text-bytes.ts";

/** What sources call the cluster's own network. */
export const clusterNetwork = "default";

/** Kubernetes names end here. */
const longestText = 253;

/**
 * Who an address belonged to, ready to be given to an observation. The key names the workload and not the pod: pods
 * come and go, and an edge of each would be a table of its own. Five texts and an empty fifth tell `SourceResolver` that
 * the owner has been followed to its end, while a record's own owner ends with the fourth.
 */
export class PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly workload: Workload;
  /** By which its traffic leaves: {@link clusterNetwork}, or `namespace/name` of a user-defined one. */
  readonly network: string;
  /** The same without a namespace, as a network goes by that spans several. */
  readonly networkName: string;
  private readonly cluster: string;
  /** Made when first asked for: most pods of a cluster send nothing outside. */
  private made: SourceKey | undefined;

  constructor(cluster: string, namespace: string, name: string, workload: Workload, network = clusterNetwork) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.name = name;
    this.workload = workload;
    this.network = network;
    this.networkName = network.slice(network.lastIndexOf("/") + 1);
  }

  get key(): SourceKey {
    this.made ??= sourceKeyOf([this.cluster, this.namespace, this.workload.kind, this.workload.name, ""]);
    return this.made;
  }

  /** Whether the range is this namespace, or its beginning where a source crops names at `cropped` bytes. */
  isInNamespace(bytes: Uint8Array, from: number, to: number, cropped: number): boolean {
    const { namespace } = this;
    const isWhole = to - from === namespace.length;
    return (
      (isWhole || (to - from === cropped && cropped < namespace.length)) && isBeginning(namespace, bytes, from, to)
    );
  }

  isNamed(bytes: Uint8Array, from: number, to: number): boolean {
    return to - from === this.name.length && isBeginning(this.name, bytes, from, to);
  }
}

/** Names of Kubernetes are ASCII; another text equals none of them. */
function isBeginning(name: string, bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p += 1) if (bytes[p] !== name.charCodeAt(p - from)) return false;
  return true;
}

/** Texts each ended by a zero byte, and four bytes more for readers of whole words. */
function sourceKeyOf(texts: readonly string[]): SourceKey {
  // Kubernetes has no such names; whatever answers in its place must not shift the texts.
  const parts = texts.map((text) => utf8Bytes(text.slice(0, longestText).replaceAll("\0", "")));
  const length = parts.reduce((sum, part) => sum + part.length + 1, 0);
  const bytes = new Uint8Array(length + 4);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length + 1;
  }
  return { bytes, view: new DataView(bytes.buffer), length };
}
