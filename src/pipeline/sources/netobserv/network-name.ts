import type { Observation } from "../observation.ts";
import { isWord, utf8Text } from "../text-bytes.ts";

const clusterNetwork = "default";
/** Seen on two user-defined networks at once: no network is called so. */
const several = "?";
/** A namespace, a slash, a name, and one byte that is too many. */
const longest = 63 + 1 + 253 + 1;

/**
 * The network that a flow was seen on, from those of the interfaces that it passed on its node: `namespace/name` of a
 * UserDefinedNetwork, the name of a ClusterUserDefinedNetwork, `default`, or nothing for what is no pod's interface.
 * @see NetObserv agent: `Udns` in JSON, `dup_list[].udn` in protobuf
 */
export class NetworkName {
  /** Nearly always the one that came last time. */
  private lastBytes = new Uint8Array(0);
  private last = "";

  /** Takes in one name; the cluster's own network gives way to another. */
  take(o: Observation, bytes: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    if (!isWord(bytes, from, to, this.lastBytes)) {
      this.lastBytes = bytes.slice(from, Math.min(to, from + longest));
      this.last = utf8Text(this.lastBytes, 0, this.lastBytes.length);
    }
    if (o.network === "" || o.network === clusterNetwork) o.network = this.last;
    else if (this.last !== clusterNetwork && this.last !== o.network) o.network = several;
  }

  /** Takes in a list of names as JSON writes it. */
  takeList(o: Observation, bytes: Uint8Array, from: number, to: number): void {
    for (let p = from; p < to; p += 1) {
      if (bytes[p] !== 0x22) continue;
      const name = p + 1;
      do p += 1;
      while (p < to && bytes[p] !== 0x22);
      this.take(o, bytes, name, p);
    }
  }
}
