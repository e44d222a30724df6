import type { Cidr } from "../../core/net/ip-set.ts";
import type { IpAddress } from "../../core/net/ip.ts";
import type { PortProtocol } from "../../core/net/l4.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { PrimaryNetwork } from "./pod-timeline.ts";

/**
 * What a cluster says about itself, as far as flows need it: to tell inside from outside, to give an address its pod
 * and owner, and to see through service addresses. Plain data: it survives structured cloning to a worker thread.
 * Every list may be empty; empty means "not known", never "there are none".
 */
export interface ClusterFacts {
  /** Pod networks: `networks.config` `status.clusterNetwork[].cidr` (falls back to `spec`). */
  readonly clusterNetworks: readonly Cidr[];
  /** `networks.config` `status.serviceNetwork[]`. */
  readonly serviceNetworks: readonly Cidr[];
  /** Install-config `machineNetwork[].cidr`, where the dump holds `kube-system/cluster-config-v1`. */
  readonly machineNetworks: readonly Cidr[];
  readonly nodes: readonly NodeFacts[];
  /** Running pods only: addresses of finished pods are used again. */
  readonly pods: readonly PodFacts[];
  readonly services: readonly ServiceFacts[];
  readonly namespaces: readonly NamespaceFacts[];
  /** Where the API server really listens: the endpoints of `default/kubernetes`. */
  readonly apiServer: readonly Endpoint[];
  /** CronJobs, by namespace and name. */
  readonly scheduled: readonly ScheduledFacts[];
}

export type Labels = Readonly<Record<string, string>>;

export interface NodeFacts {
  readonly name: string;
  /** All host addresses: `status.addresses`, `k8s.ovn.org/host-cidrs`, and the OVN management port addresses. */
  readonly addresses: readonly IpAddress[];
  readonly labels: Labels;
}

export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  /** `status.podIPs[]`; for a host-network pod these are its node's and are not used to attribute traffic. */
  readonly addresses: readonly IpAddress[];
  readonly isHostNetwork: boolean;
  /** User-defined network by which its traffic leaves; absent: the cluster's. */
  readonly primaryNetwork?: PrimaryNetwork;
  /** The controlling owner followed to its end: Deployment, CronJob, StatefulSet, … or the pod itself. */
  readonly workload: Workload;
  readonly labels: Labels;
  /** Of its containers, as the pod names them, each once; absent where it is not told. */
  readonly images?: readonly string[];
}

export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  /** Every address that is translated to the endpoints: clusterIPs, externalIPs and load balancer addresses. */
  readonly addresses: readonly IpAddress[];
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  /** Name of the port; empty for the only one. */
  readonly name: string;
  readonly protocol: PortProtocol;
  readonly port: number;
  /** Real backends of this port, with the target port, from EndpointSlices (or Endpoints): pods, hosts or outside. */
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** A CronJob: work that shows in flows only when it runs. */
export interface ScheduledFacts {
  readonly namespace: string;
  readonly name: string;
  /** As the object has it, less a zone in front, not yet understood: `0 3 1 * *`, `@monthly`. */
  readonly schedule: string;
  /** Name in the IANA database; undefined: the controller's own zone, which is UTC on OpenShift. */
  readonly timeZone: string | undefined;
  readonly isSuspended: boolean;
  /** When it was made; undefined where the dump does not say. Milliseconds since the epoch, as the next two. */
  readonly createdMs: number | undefined;
  readonly lastScheduledMs: number | undefined;
  readonly lastSuccessMs: number | undefined;
}

export interface NamespaceFacts {
  readonly name: string;
  readonly labels: Labels;
}

export const noClusterFacts: ClusterFacts = {
  clusterNetworks: [],
  serviceNetworks: [],
  machineNetworks: [],
  nodes: [],
  pods: [],
  services: [],
  namespaces: [],
  apiServer: [],
  scheduled: [],
};
