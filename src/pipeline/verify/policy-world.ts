import { type IpSet, noAddresses } from "../../core/net/ip-set.ts";
import type { CompiledRules } from "../../core/policy/compile.ts";
import { effectivePolicy, type EffectivePolicy } from "../../core/policy/effective.ts";
import type { EgressPolicy } from "../../core/policy/model.ts";
import { selectsPod } from "../../core/policy/subject.ts";
import { addsUp } from "../../core/policy/tiers.ts";
import { type Workload, workloadKey } from "../../core/workload/workload.ts";
import type { ClusterFacts, Labels } from "../flows/cluster-facts.ts";
import type { Resolve } from "./known-addresses.ts";

/** The policies that bear on a workload; several answers where its labels are not known and could matter. */
export interface PoliciesOfWorkload {
  readonly certain: EffectivePolicy;
  /**
   * With policies that add up and may or may not select the workload. Where all of these and the certain ones agree, so
   * does every other choice of them: a connection that each of them alone allows is allowed by any of them together, and
   * one that each alone denies is denied. Policies that stand in an order are uncertain inside each answer.
   */
  readonly possible: readonly EffectivePolicy[];
}

/** Labels of pods by the workload they belong to, and of namespaces, as far as the cluster told. */
export interface WorkloadLabels {
  readonly pods: ReadonlyMap<string, Labels>;
  readonly namespaces: ReadonlyMap<string, Labels>;
}

/** Made once for a cluster: it may have tens of thousands of pods, and every namespace asks for several worlds. */
export function workloadLabels({ pods, namespaces }: ClusterFacts): WorkloadLabels {
  return {
    pods: new Map(pods.map(({ namespace, workload, labels }) => [workloadKey(namespace, workload), labels])),
    namespaces: new Map(namespaces.map(({ name, labels }) => [name, labels])),
  };
}

/** A set of policies as one cluster would hold them, ready to be asked about any workload. */
export class PolicyWorld {
  readonly #byNamespace = new Map<string, EgressPolicy[]>();
  readonly #clusterWide: readonly EgressPolicy[];
  readonly #labels: WorkloadLabels;
  readonly #options: { readonly clusterNetworks: IpSet; readonly resolve: Resolve };
  readonly #compiled = new Map<string, EffectivePolicy>();
  readonly #parts = new Map<EgressPolicy, CompiledRules>();
  readonly #ofWorkload = new Map<string, PoliciesOfWorkload>();
  /** Edges of one workload mostly stand together. */
  #last: { readonly namespace: string; readonly workload: Workload; readonly policies: PoliciesOfWorkload } | undefined;

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
    this.#clusterWide = this.#byNamespace.get("") ?? [];
    this.#labels = labels;
    this.#options = { clusterNetworks, resolve };
  }

  policiesOf(namespace: string, workload: Workload): PoliciesOfWorkload {
    const last = this.#last;
    if (last !== undefined && last.workload === workload && last.namespace === namespace) return last.policies;
    const key = workloadKey(namespace, workload);
    let policies = this.#ofWorkload.get(key);
    if (policies === undefined) {
      policies = this.#select(namespace, this.#labels.pods.get(key));
      this.#ofWorkload.set(key, policies);
    }
    this.#last = { namespace, workload, policies };
    return policies;
  }

  #select(namespace: string, labels: Labels | undefined): PoliciesOfWorkload {
    const all = [...(this.#byNamespace.get(namespace) ?? []), ...this.#clusterWide];
    const pod = { namespace, namespaceLabels: this.#labels.namespaces.get(namespace), labels };
    const certain: number[] = [];
    const uncertain: number[] = [];
    const possible: number[] = [];
    for (const [index, policy] of all.entries()) {
      const isSelected = selectsPod(policy, pod);
      if (isSelected === true) certain.push(index);
      else if (isSelected === undefined && addsUp(policy)) possible.push(index);
      else if (isSelected === undefined) uncertain.push(index);
    }
    const isIsolated = certain.some((index) => isolatesPods(all[index]!));
    const isolating = possible.filter((index) => all[index]!.isolates);
    // Where policies only allow, all of them together open what any of them does.
    const onlyAllow = isolating.every((index) => all[index]!.rules.every(({ action }) => action === "allow"));
    const choices = isIsolated && isolating.length > 0 && onlyAllow ? [isolating] : isolating.map((index) => [index]);
    return {
      certain: this.#compile(namespace, all, certain, uncertain),
      possible: choices.map((chosen) => this.#compile(namespace, all, [...certain, ...chosen], uncertain)),
    };
  }

  #compile(
    namespace: string,
    all: readonly EgressPolicy[],
    selecting: readonly number[],
    uncertain: readonly number[],
  ): EffectivePolicy {
    const indices = [...selecting, ...uncertain].sort((a, b) => a - b);
    const key = `${namespace} ${indices.join()} ${uncertain.join()}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = effectivePolicy(
        indices.map((index) => all[index]!),
        {
          ...this.#options,
          uncertain: new Set(uncertain.map((index) => all[index]!)),
          compiled: this.#parts,
        },
      );
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }
}

function isolatesPods(policy: EgressPolicy): boolean {
  return addsUp(policy) && policy.isolates && policy.otherwise === "deny";
}
