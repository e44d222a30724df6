import type { KubernetesObject } from "./object-store.ts";

export interface PodLook {
  readonly namespace?: string;
  readonly ips?: readonly string[];
  readonly owner?: readonly [kind: string, name: string];
  readonly phase?: string;
  readonly hostNetwork?: boolean;
  readonly startedMs?: number;
  readonly labels?: Record<string, string>;
  readonly uid?: string;
  readonly annotations?: Record<string, string>;
  readonly finishedMs?: number;
}

const stamp = (timeMs: number): string => new Date(timeMs).toISOString().replace(/\.\d+/, "");

/** A pod with about as much in it as real ones have. */
export function podObject(name: string, look: PodLook = {}): KubernetesObject {
  const {
    namespace = "shop",
    ips = [],
    owner,
    phase = "Running",
    hostNetwork,
    startedMs = Date.now(),
    finishedMs,
  } = look;
  const started = stamp(startedMs);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: look.labels ?? { app: name },
      ...(look.uid === undefined ? {} : { uid: look.uid }),
      ...(look.annotations === undefined ? {} : { annotations: look.annotations }),
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
      managedFields: [{ manager: "kubelet", operation: "Update", fieldsV1: filler }],
    },
    spec: {
      ...(hostNetwork === undefined ? {} : { hostNetwork }),
      containers: [{ name: "main", image: "registry.example/é/main:1", env: filler, volumeMounts: [] }],
    },
    status: {
      phase,
      startTime: started,
      ...(ips.length === 0 ? {} : { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
      containerStatuses: [
        {
          name: "main",
          state:
            finishedMs === undefined
              ? { running: { startedAt: started } }
              : { terminated: { startedAt: started, finishedAt: stamp(finishedMs), exitCode: 0 } },
        },
      ],
    },
  };
}

const filler = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => [`f:field-${i}`, { "f:value": `some text of a managed field – ${i}` }]),
);

function ownerReference([kind, name]: readonly [string, string]): object {
  return { apiVersion: "apps/v1", kind, name, uid: `uid-of-${name}`, controller: true };
}

export function ownerObject(
  apiVersion: string,
  kind: string,
  name: string,
  owner?: readonly [string, string],
  namespace = "shop",
): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }) },
    spec: { template: filler },
  };
}

export function namespaceObject(name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name }, status: { phase: "Active" } };
}

export function nodeObject(name: string, address: string, subnets: readonly string[] = []): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, annotations: { "k8s.ovn.org/node-subnets": JSON.stringify({ default: subnets }) } },
    status: { addresses: [{ type: "InternalIP", address }] },
  };
}

export function clusterNetwork(pods: string, services: string): KubernetesObject {
  return {
    apiVersion: "config.openshift.io/v1",
    kind: "Network",
    metadata: { name: "cluster" },
    status: { clusterNetwork: [{ cidr: pods, hostPrefix: 23 }], serviceNetwork: [services] },
  };
}
