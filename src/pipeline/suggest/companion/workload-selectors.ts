import { labelSelector, selects } from "../../../core/policy/label-selector.ts";
import type { LabelSelector } from "../../../core/policy/model.ts";
import { formatWorkload, type Workload } from "../../../core/workload/workload.ts";
import type { Labels, PodFacts } from "../../flows/cluster-facts.ts";

/** Workloads whose pods one selector tells from all others of the namespace. */
export interface SelectedWorkloads {
  readonly workloads: readonly Workload[];
  readonly selector: LabelSelector;
}

export interface WorkloadSelectors {
  /** In order of the workload that the labels were chosen for, which is each one's first. */
  readonly selected: readonly SelectedWorkloads[];
  /** Workloads without pods or labels to go by. */
  readonly unselectable: readonly Workload[];
}

/** Labels that people select workloads by, the most usual first. */
const usualKeys = [
  "app.kubernetes.io/name",
  "app",
  "app.kubernetes.io/component",
  "name",
  "k8s-app",
  "deploymentconfig",
  "deployment",
  "component",
];

/** Labels that controllers put on pods of one rollout, one run or one replica: a policy by them stops to hold with the next. */
const passingKeys =
  /^(pod-template-hash|pod-template-generation|controller-revision-hash|rollouts-pod-template-hash|(batch\.kubernetes\.io\/)?(controller-uid|job-completion-index)|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|app\.kubernetes\.io\/version|helm\.sh\/chart|openshift\.io\/(build|deployer-pod-for)\..*)$/;

/** A CronJob makes a Job for each run, a DeploymentConfig a `name-7` for each rollout. */
function isPassing(key: string, { kind }: Workload): boolean {
  if (/^(batch\.kubernetes\.io\/)?job-name$/.test(key)) return kind !== "Job";
  if (key === "deployment") return kind === "DeploymentConfig" || kind === "ReplicationController";
  return passingKeys.test(key);
}

/**
 * The fewest labels that select all pods of a workload and no pod of another; workloads that no labels tell apart share one
 * selector. The same pods give the same selectors.
 * @param pods of one namespace
 */
export function workloadSelectors(pods: readonly PodFacts[]): WorkloadSelectors {
  const byWorkload = Map.groupBy(
    pods.filter(({ isHostNetwork }) => !isHostNetwork),
    ({ workload }) => formatWorkload(workload),
  );
  const workloads = [...byWorkload]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => ({ workload: own[0]!.workload, pods: own, common: commonLabels(own, own[0]!.workload) }));
  const groups = new Map<string, { readonly selector: LabelSelector; readonly workloads: Workload[] }>();
  const unselectable: Workload[] = [];
  for (const { workload, common } of workloads) {
    const others = workloads.filter((other) => other.workload !== workload).flatMap((other) => other.pods);
    const selector = fewestLabels(common, others);
    if (selector === undefined) {
      unselectable.push(workload);
      continue;
    }
    // All labels that a workload has may still fit others: those share its policy.
    const key = JSON.stringify(selector);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { selector, workloads: [workload] });
    else known.workloads.push(workload);
  }
  return { selected: withOverlaps([...groups.values()], workloads), unselectable };
}

/** Policies of overlapping selectors add up for the pods of both, so each must know whom else it speaks for. */
function withOverlaps(
  groups: readonly SelectedWorkloads[],
  all: readonly { readonly workload: Workload; readonly pods: readonly PodFacts[] }[],
): readonly SelectedWorkloads[] {
  return groups.map(({ selector, workloads }) => {
    const others = all.filter(
      ({ workload, pods }) => !workloads.includes(workload) && pods.some(({ labels }) => selects(selector, labels)),
    );
    return { selector, workloads: [...workloads, ...others.map(({ workload }) => workload)] };
  });
}

/** Labels that all pods of a workload have, and that its next ones will have too. */
function commonLabels(pods: readonly PodFacts[], workload: Workload): Labels {
  const [first, ...rest] = pods;
  return Object.fromEntries(
    Object.entries(first!.labels).filter(
      ([key, value]) => !isPassing(key, workload) && rest.every(({ labels }) => labels[key] === value),
    ),
  );
}

/** One label, else two, else all; undefined where there are none. */
function fewestLabels(common: Labels, others: readonly PodFacts[]): LabelSelector | undefined {
  const keys = Object.keys(common).toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
  if (keys.length === 0) return undefined;
  const selectorOf = (chosen: readonly string[]): LabelSelector =>
    labelSelector(chosen.map((key) => ({ key, operator: "In", values: [common[key]!] })));
  const tells = (chosen: readonly string[]): boolean => {
    const selector = selectorOf(chosen);
    return !others.some(({ labels }) => selects(selector, labels));
  };
  for (const key of keys) if (tells([key])) return selectorOf([key]);
  for (const [at, first] of keys.entries()) {
    for (const second of keys.slice(at + 1)) if (tells([first, second])) return selectorOf([first, second]);
  }
  return selectorOf(keys);
}

function rankOf(key: string): number {
  const rank = usualKeys.indexOf(key);
  return rank < 0 ? usualKeys.length : rank;
}
