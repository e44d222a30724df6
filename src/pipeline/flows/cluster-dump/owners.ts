import type { Workload } from "../../../core/workload/workload.ts";
import { workloadOfOwner, workloadOfPodName } from "../owner-guess.ts";
import { at, listAt, textAt } from "./fields.ts";

interface OwnerReference {
  readonly kind: string;
  readonly name: string;
}

/** Kinds that pods are owned by on the way to what a person deployed. */
const between = new Set(["ReplicaSet", "Job", "ReplicationController"]);
const longestChain = 5;

/** Follows controlling owners from a pod to what a person deployed, as far as the dump goes. */
export class Owners {
  readonly #ownerOf = new Map<string, OwnerReference>();
  readonly #known = new Set<string>();
  /** Owners that were told from their names because the dump does not hold them, by kind. */
  readonly guessed = new Map<string, number>();

  /** Takes note of an object that may stand between a pod and its workload. */
  add(object: unknown): void {
    const kind = textAt(object, "kind");
    if (!between.has(kind)) return;
    const key = keyOf(textAt(object, "metadata", "namespace"), kind, textAt(object, "metadata", "name"));
    this.#known.add(key);
    const owner = controllerOf(object);
    if (owner !== undefined) this.#ownerOf.set(key, owner);
  }

  workloadOf(pod: unknown): Workload {
    const namespace = textAt(pod, "metadata", "namespace");
    const name = textAt(pod, "metadata", "name");
    let owner = controllerOf(pod);
    // Static pods are owned by their node; the file's name is what a person knows, with the node's appended.
    if (owner?.kind === "Node") return { kind: "Pod", name: withoutSuffix(name, `-${owner.name}`) };
    if (owner === undefined) {
      return textAt(pod, "metadata", "generateName") === "" ? { kind: "Pod", name } : workloadOfPodName(name);
    }
    for (let steps = 0; steps < longestChain; steps += 1) {
      const key = keyOf(namespace, owner.kind, owner.name);
      const next = this.#ownerOf.get(key);
      if (next === undefined) return this.#known.has(key) ? owner : this.#guess(owner, pod);
      owner = next;
    }
    return owner;
  }

  #guess(owner: OwnerReference, pod: unknown): Workload {
    if (!between.has(owner.kind)) return owner;
    this.guessed.set(owner.kind, (this.guessed.get(owner.kind) ?? 0) + 1);
    const hash = textAt(pod, "metadata", "labels", "pod-template-hash");
    if (owner.kind === "ReplicaSet" && hash !== "" && owner.name.endsWith(`-${hash}`)) {
      return { kind: "Deployment", name: withoutSuffix(owner.name, `-${hash}`) };
    }
    return workloadOfOwner(owner.kind, owner.name);
  }
}

function controllerOf(object: unknown): OwnerReference | undefined {
  const references = listAt(object, "metadata", "ownerReferences");
  const controller = references.find((reference) => at(reference, "controller") === true) ?? references[0];
  const kind = textAt(controller, "kind");
  const name = textAt(controller, "name");
  return kind === "" || name === "" ? undefined : { kind, name };
}

function keyOf(namespace: string, kind: string, name: string): string {
  return `${namespace} ${kind} ${name}`;
}

function withoutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) && text.length > suffix.length ? text.slice(0, -suffix.length) : text;
}
