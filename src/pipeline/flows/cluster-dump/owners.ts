import type { Workload } from "../../../core/workload/workload.ts";
import { workloadOfOwner, workloadOfPodName } from "../owner-guess.ts";
import { at, listAt, textAt } from "./fields.ts";
import { Namespaced } from "./namespaced.ts";
import { SharedTexts } from "./shared-texts.ts";

export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
}

/** What of a pod leads to its workload. */
export interface OwnedPod {
  readonly namespace: string;
  readonly name: string;
  readonly owner: OwnerReference | undefined;
  /** Whether the API made up the end of its name. */
  readonly isNameGenerated: boolean;
  /** Its label `pod-template-hash`; empty when it has none. */
  readonly templateHash: string;
}

/** Kinds that pods are owned by on the way to what a person deployed. */
const between = ["ReplicaSet", "Job", "ReplicationController"];
const longestChain = 5;

/** Follows controlling owners from a pod to what a person deployed, as far as the objects at hand go. */
export class Owners {
  /** By kind. Null: known to have no owner. */
  readonly #ownersOf = new Map(between.map((kind) => [kind, new Namespaced<OwnerReference | null>()]));
  /** Owners that were told from their names because they are not at hand, by kind. */
  readonly guessed = new Map<string, number>();

  /** Takes note of an object that may stand between a pod and its workload. @returns whether that is news */
  put(kind: string, object: unknown, texts = new SharedTexts()): boolean {
    const of = this.#ownersOf.get(kind);
    if (of === undefined) return false;
    const [namespace, name] = [
      texts.share(textAt(object, "metadata", "namespace")),
      textAt(object, "metadata", "name"),
    ];
    const owner = controllerOf(object, texts) ?? null;
    const before = of.get(namespace, name);
    of.set(namespace, name, owner);
    return before === undefined || before?.kind !== owner?.kind || before?.name !== owner?.name;
  }

  /** @returns whether it was at hand */
  remove(kind: string, namespace: string, name: string): boolean {
    return this.#ownersOf.get(kind)?.delete(namespace, name) === true;
  }

  workloadOf(pod: OwnedPod): Workload {
    const { namespace, name } = pod;
    let { owner } = pod;
    // Static pods are owned by their node; the file's name is what a person knows, with the node's appended.
    if (owner?.kind === "Node") return { kind: "Pod", name: withoutSuffix(name, `-${owner.name}`) };
    if (owner === undefined) return pod.isNameGenerated ? workloadOfPodName(name) : { kind: "Pod", name };
    for (let steps = 0; steps < longestChain; steps += 1) {
      const next: OwnerReference | null | undefined = this.#ownersOf.get(owner.kind)?.get(namespace, owner.name);
      if (next === null) return owner;
      if (next === undefined) return this.#guess(owner, pod);
      owner = next;
    }
    return owner;
  }

  #guess(owner: OwnerReference, { templateHash: hash }: OwnedPod): Workload {
    if (!between.includes(owner.kind)) return owner;
    this.guessed.set(owner.kind, (this.guessed.get(owner.kind) ?? 0) + 1);
    if (owner.kind === "ReplicaSet" && hash !== "" && owner.name.endsWith(`-${hash}`)) {
      return { kind: "Deployment", name: withoutSuffix(owner.name, `-${hash}`) };
    }
    return workloadOfOwner(owner.kind, owner.name);
  }
}

export function controllerOf(object: unknown, texts: SharedTexts): OwnerReference | undefined {
  const references = listAt(object, "metadata", "ownerReferences");
  const controller = references.find((reference) => at(reference, "controller") === true) ?? references[0];
  const kind = texts.share(textAt(controller, "kind"));
  const name = texts.share(textAt(controller, "name"));
  return kind === "" || name === "" ? undefined : { kind, name };
}

function withoutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) && text.length > suffix.length ? text.slice(0, -suffix.length) : text;
}
