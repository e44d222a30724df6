/** The owner of pods, as far as it can be followed: Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, … */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

export function formatWorkload({ kind, name }: Workload): string {
  return `${kind}/${name}`;
}

/** `shop/Deployment/cart`: one text per workload of a cluster. */
export function workloadKey(namespace: string, workload: Workload): string {
  return `${namespace}/${formatWorkload(workload)}`;
}

/** {@link formatWorkload} for a long row of edges: those of one workload mostly stand together and share its object. */
export function workloadFormatter(): (workload: Workload) => string {
  let last: Workload | undefined;
  let text = "";
  return (workload) => {
    if (workload === last) return text;
    last = workload;
    text = formatWorkload(workload);
    return text;
  };
}
