/** The owner of pods, as far as it can be followed: Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, … */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

export function formatWorkload({ kind, name }: Workload): string {
  return `${kind}/${name}`;
}
