import { type Observation, type SourceKey, text, textCount } from "../observation.ts";
import { utf8Bytes, utf8Text } from "../text-bytes.ts";

/** Of one text; Kubernetes names end at 253 bytes. */
const longestText = 253;
/** The random part of a ReplicaSet's name, and the minute of a CronJob's run. */
const replicaSet = /-[bcdfghjklmnpqrstvwxz2456789]{6,10}$/;
const run = /-[1-9][0-9]{7}$/;

/**
 * What pods called `prefix-*` belong to, as an owner's kind and name: they are named after their ReplicaSet or Job, or
 * after what the name alone does not tell, whose kind stays empty.
 */
export function ownerOfAggregated(name: string): { readonly kind: string; readonly name: string } {
  const prefix = name.replace(/-?\*$/, "");
  if (run.test(prefix)) return { kind: "Job", name: prefix };
  return { kind: replicaSet.test(prefix) ? "ReplicaSet" : "", name: prefix };
}

/** Makes the source key of pods that are only known by what their names begin with. Filled again and again. */
export class AggregatedName {
  private readonly bytes = new Uint8Array(textCount * (longestText + 1) + 8);
  private readonly view = new DataView(this.bytes.buffer);
  private last = "";
  private owner = ownerOfAggregated("");

  /** For the name in [from, to) of `o`, whose cluster and namespace are set. Undefined when it names nothing. */
  key(o: Observation, from: number, to: number): SourceKey | undefined {
    const name = utf8Text(o.bytes, from, Math.min(to, from + longestText + 2));
    if (name !== this.last) {
      this.last = name;
      this.owner = ownerOfAggregated(name);
    }
    if (this.owner.name === "") return undefined;
    let at = this.put(0, o.bytes.subarray(o.textFrom[text.cluster], o.textTo[text.cluster]));
    at = this.put(at, o.bytes.subarray(o.textFrom[text.namespace], o.textTo[text.namespace]));
    at = this.put(at, utf8Bytes(this.owner.kind));
    at = this.put(at, utf8Bytes(this.owner.name));
    return { bytes: this.bytes, view: this.view, length: at };
  }

  private put(at: number, word: Uint8Array): number {
    const cut = word.subarray(0, longestText);
    this.bytes.set(cut, at);
    this.bytes[at + cut.length] = 0;
    return at + cut.length + 1;
  }
}
