import type { Workload } from "../../core/workload/workload.ts";

/** Letters of the random parts of names: Kubernetes leaves out vowels and what looks like another letter. */
const safe = "[bcdfghjklmnpqrstvwxz2456789]";
/** A CronJob's jobs end in the scheduled minute since the epoch: eight digits from 1989 to 2160. */
const runSuffix = /-[1-9][0-9]{7}$/;
const replicaSetPod = new RegExp(`^(.+)-${safe}{6,10}-${safe}{5}$`);
const replicaSet = new RegExp(`^(.+)-${safe}{6,10}$`);
const generatedPod = new RegExp(`^(.+)-${safe}{5}$`);

/**
 * The workload behind the owner a flow source names. Sources follow owners only part of the way: the run of a CronJob
 * shows as a Job of its own, a Deployment of OpenShift's older kind as its ReplicationController.
 * @see NetObserv follows ReplicaSet, Deployment and Gateway only
 */
export function workloadOfOwner(kind: string, name: string): Workload {
  switch (kind) {
    case "Job":
      return runSuffix.test(name) ? { kind: "CronJob", name: name.replace(runSuffix, "") } : { kind, name };
    case "ReplicaSet": {
      const owner = replicaSet.exec(name)?.[1];
      return owner === undefined ? { kind, name } : { kind: "Deployment", name: owner };
    }
    case "ReplicationController": {
      const owner = /^(.+)-[0-9]+$/.exec(name)?.[1];
      return owner === undefined ? { kind, name } : { kind: "DeploymentConfig", name: owner };
    }
    case "":
      return { kind: "Workload", name }; // a person named it, without its kind
    default:
      return { kind, name };
  }
}

/** The workload that pods of this name usually belong to; the pod itself when the name tells nothing. */
export function workloadOfPodName(pod: string): Workload {
  const deployment = replicaSetPod.exec(pod)?.[1];
  if (deployment !== undefined) return { kind: "Deployment", name: deployment };
  const generated = generatedPod.exec(pod)?.[1];
  if (generated !== undefined) {
    if (runSuffix.test(generated)) return { kind: "CronJob", name: generated.replace(runSuffix, "") };
    return { kind: "DaemonSet", name: generated };
  }
  const ordinal = /^(.+)-(0|[1-9][0-9]{0,3})$/.exec(pod)?.[1];
  return ordinal === undefined ? { kind: "Pod", name: pod } : { kind: "StatefulSet", name: ordinal };
}
