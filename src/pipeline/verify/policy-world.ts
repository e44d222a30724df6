import { type IpSet, noAddresses } from "../../core/net/ip-set.ts";
import { effectivePolicy, type EffectivePolicy } from "../../core/policy/effective.ts";
import { selects } from "../../core/policy/label-selector.ts";
import type { EgressPolicy } from "../../core/policy/model.ts";
import { formatWorkload, type Workload } from "../../core/workload/workload.ts";
import type { ClusterFacts, Labels } from "../flows/cluster-facts.ts";
import type { Resolve } from "./known-addresses.ts";

/** The policies that bear on a workload; several answers where its labels are not known and could matter. */
export interface PoliciesOfWorkload {
  readonly certain: EffectivePolicy;
  /**
   * With policies whose pod selector may or may not select the workload. Where all of these and the certain ones agree,
   * so does every other choice of them: policies of an isolated pod only add to each other, and a connection that each of
   * them alone allows is allowed by any of them together.
   */
  readonly possible: readonly EffectivePolicy[];
}

/** Labels of pods by the workload they belong to, as far as the cluster told. */
export type WorkloadLabels = ReadonlyMap<string, Labels>;

/** Made once for a cluster: it may have tens of thousands of pods, and every namespace asks for several worlds. */
export function workloadLabels({ pods }: ClusterFacts): WorkloadLabels {
  return new Map(pods.map(({ namespace, workload, labels }) => [workloadKey(namespace, workload), labels]));
}

function workloadKey(namespace: string, workload: Workload): string {
  return `${namespace}/${formatWorkload(workload)}`;
}

/** A set of policies as one cluster would hold them, ready to be asked about any workload. */
export class PolicyWorld {
  readonly #byNamespace = new Map<string, EgressPolicy[]>();
  readonly #labels: WorkloadLabels;
  readonly #options: { readonly clusterNetworks: IpSet; readonly resolve: Resolve };
  readonly #compiled = new Map<string, EffectivePolicy>();
  readonly #ofWorkload = new Map<string, PoliciesOfWorkload>();

  constructor(
    policies: readonly EgressPolicy[],
    labels: WorkloadLabels,
    resolve: Resolve,
    clusterNetworks: IpSet = noAddresses,
  ) {
    for (const policy of policies) {
      const own = this.#byNamespace.get(policy.namespace);
      if (own === undefined) this.#byNamespace.set(policy.namespace, [policy]);
      else own.push(policy);
    }
    this.#labels = labels;
    this.#options = { clusterNetworks, resolve };
  }

  policiesOf(namespace: string, workload: Workload): PoliciesOfWorkload {
    const key = workloadKey(namespace, workload);
    let known = this.#ofWorkload.get(key);
    if (known === undefined) this.#ofWorkload.set(key, (known = this.#select(namespace, this.#labels.get(key))));
    return known;
  }

  #select(namespace: string, labels: Labels | undefined): PoliciesOfWorkload {
    const all = this.#byNamespace.get(namespace) ?? [];
    const certain: number[] = [];
    const possible: number[] = [];
    for (const [index, { podSelector }] of all.entries()) {
      if (podSelector === undefined || podSelector.requirements.length === 0) certain.push(index);
      else if (labels === undefined) possible.push(index);
      else if (selects(podSelector, labels)) certain.push(index);
    }
    const isIsolated = certain.some((index) => isolatesPods(all[index]!));
    const isolating = possible.filter((index) => isolatesPods(all[index]!));
    const choices = isIsolated && isolating.length > 0 ? [isolating] : isolating.map((index) => [index]);
    return {
      certain: this.#compile(namespace, all, certain),
      possible: choices.map((chosen) =>
        this.#compile(
          namespace,
          all,
          [...certain, ...chosen].sort((a, b) => a - b),
        ),
      ),
    };
  }

  #compile(namespace: string, all: readonly EgressPolicy[], indices: readonly number[]): EffectivePolicy {
    const key = `${namespace} ${indices.join()}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = effectivePolicy(
        indices.map((index) => all[index]!),
        this.#options,
      );
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }
}

function isolatesPods({ kind, isolates }: EgressPolicy): boolean {
  return kind === "NetworkPolicy" && isolates;
}
