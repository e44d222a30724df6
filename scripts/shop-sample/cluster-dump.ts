import { stringify } from "yaml";
import { clusterNetworks, nodes, serviceNetworks, type Node } from "./nodes.ts";
import { running, type Pod } from "./pods.ts";
import { hex, randomFrom } from "./random.ts";
import { services, type ServiceRow } from "./services.ts";
import { dayMs, dumpTakenMs, minuteMs, weekStartMs } from "./week.ts";
import { audited, shopNamespaces, workloads } from "./workloads.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The cluster's objects on the Monday after, one `oc get … -A -o yaml` a file, trimmed to what says who runs where. */
export function clusterDump(pods: readonly Pod[]): ReadonlyMap<string, string> {
  const current = running(pods);
  return new Map([
    ["nodes.yaml", list(nodes.map(nodeObject))],
    ["namespaces.yaml", list(namespaceNames.map(namespaceObject))],
    ["networks.config.yaml", list([networkConfig])],
    ["pods.yaml", list([...current.map(podObject), ...nodes.map(hostNetworkPod)].sort(byName))],
    ["replicasets.yaml", list(replicaSets(pods).sort(byName))],
    ["jobs.yaml", list(jobs(current).sort(byName))],
    ["services.yaml", list(services.map(serviceObject).sort(byName))],
    ["endpointslices.yaml", list(services.map((service) => endpointSlice(service, current)).sort(byName))],
  ]);
}

function list(items: readonly Fields[]): string {
  const document = { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
  // As `oc` prints: keys sorted, lists not indented, lines not folded.
  return stringify(document, {
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    version: "1.1",
    aliasDuplicateObjects: false,
  });
}

function object(apiVersion: string, kind: string, id: readonly [string | undefined, string], rest: Fields): Fields {
  const { metadata, ...others } = rest;
  const [namespace, name] = id;
  const ids = { ...(namespace === undefined ? {} : { namespace }), name, uid: uid(kind, namespace ?? "", name) };
  return { apiVersion, kind, metadata: { ...ids, ...(metadata as Fields | undefined) }, ...others };
}

function uid(...parts: readonly string[]): string {
  const random = randomFrom(`uid ${parts.join(" ")}`);
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`;
}

function owner(apiVersion: string, kind: string, namespace: string, name: string): readonly Fields[] {
  return [{ apiVersion, blockOwnerDeletion: true, controller: true, kind, name, uid: uid(kind, namespace, name) }];
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function nodeObject(node: Node, index: number): Fields {
  const { name, role, address, address6, virtualAddresses, podPrefix, podPrefix6 } = node;
  const held = [...virtualAddresses.map((virtual) => `${virtual}/32`), `${address}/16`, `${address6}/64`].sort();
  const roles = role === "worker" ? ["worker"] : ["control-plane", "master"];
  return object("v1", "Node", [undefined, name], {
    metadata: {
      annotations: {
        "k8s.ovn.org/host-cidrs": JSON.stringify(held),
        "k8s.ovn.org/node-id": String(index + 1),
        "k8s.ovn.org/node-primary-ifaddr": JSON.stringify({ ipv4: `${address}/16`, ipv6: `${address6}/64` }),
        "k8s.ovn.org/node-subnets": JSON.stringify({
          default: [`10.${podPrefix.second}.${podPrefix.third}.0/23`, `${podPrefix6}/64`],
        }),
      },
      creationTimestamp: time(weekStartMs - 140 * dayMs),
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...Object.fromEntries(roles.map((each) => [`node-role.kubernetes.io/${each}`, ""])),
      },
    },
    status: {
      addresses: [
        { address, type: "InternalIP" },
        { address: address6, type: "InternalIP" },
        { address: name, type: "Hostname" },
      ],
    },
  });
}

const namespaceNames = ["default", "openshift-dns", "openshift-ovn-kubernetes", ...shopNamespaces].sort();

function namespaceObject(name: string): Fields {
  const isShop = shopNamespaces.includes(name);
  const logging = { "k8s.ovn.org/acl-logging": JSON.stringify({ deny: "alert", allow: "info" }) };
  return object("v1", "Namespace", [undefined, name], {
    metadata: {
      ...(name === audited.namespace ? { annotations: logging } : {}),
      creationTimestamp: time(weekStartMs - (isShop ? 97 : 140) * dayMs),
      labels: {
        "kubernetes.io/metadata.name": name,
        ...(name.startsWith("shop-") ? { "app.kubernetes.io/part-of": "shop" } : {}),
      },
    },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
}

const networkConfig = object("config.openshift.io/v1", "Network", [undefined, "cluster"], {
  metadata: { creationTimestamp: time(weekStartMs - 140 * dayMs) },
  spec: {
    clusterNetwork: clusterNetworks,
    externalIP: { policy: {} },
    networkType: "OVNKubernetes",
    serviceNetwork: serviceNetworks,
  },
  status: {
    clusterNetwork: clusterNetworks,
    clusterNetworkMTU: 1400,
    networkType: "OVNKubernetes",
    serviceNetwork: serviceNetworks,
  },
});

function labelsOf({ workload, controller, name }: Pod): Fields {
  const hash =
    controller?.kind === "ReplicaSet" ? { "pod-template-hash": controller.name.slice(workload.length + 1) } : {};
  const ordinal = controller?.kind === "StatefulSet" ? { "statefulset.kubernetes.io/pod-name": name } : {};
  const job = controller?.kind === "Job" ? { "batch.kubernetes.io/job-name": controller.name } : {};
  return { app: workload, ...hash, ...ordinal, ...job };
}

function podObject(pod: Pod): Fields {
  const { namespace, name, node, address, address6, startMs, endMs, workload, controller } = pod;
  const api = controller?.kind === "Job" ? "batch/v1" : "apps/v1";
  const owners = controller === undefined ? [] : owner(api, controller.kind, namespace, controller.name);
  const listens = workloads.find((row) => row.namespace === namespace && row.name === workload)?.listens;
  const ports = listens === undefined ? {} : { ports: [{ containerPort: listens, protocol: "TCP" }] };
  return object("v1", "Pod", [namespace, name], {
    metadata: { creationTimestamp: time(startMs - (startMs % 1000)), labels: labelsOf(pod), ownerReferences: owners },
    spec: {
      containers: [{ image: `registry.images.example/shop/${workload}:26.9`, name: workload, ...ports }],
      nodeName: node.name,
      restartPolicy: controller?.kind === "Job" ? "Never" : "Always",
    },
    status: {
      hostIP: node.address,
      hostIPs: [{ ip: node.address }, { ip: node.address6 }],
      phase: endMs < dumpTakenMs ? "Succeeded" : "Running",
      podIP: address,
      podIPs: [{ ip: address }, { ip: address6 }],
      startTime: time(startMs - (startMs % 1000)),
    },
  });
}

/** A pod without a network of its own: its traffic is the node's, and no egress firewall governs it. */
function hostNetworkPod(node: Node): Fields {
  const namespace = "openshift-ovn-kubernetes";
  const name = `ovnkube-node-${hex(randomFrom(node.name), 5).replaceAll(/[aeiou01]/g, "x")}`;
  const startTime = time(weekStartMs - 20 * dayMs);
  return object("v1", "Pod", [namespace, name], {
    metadata: {
      creationTimestamp: startTime,
      labels: { app: "ovnkube-node" },
      ownerReferences: owner("apps/v1", "DaemonSet", namespace, "ovnkube-node"),
    },
    spec: {
      containers: [{ image: "registry.images.example/openshift/ovn-kubernetes:4.20", name: "ovnkube-controller" }],
      hostNetwork: true,
      nodeName: node.name,
      restartPolicy: "Always",
    },
    status: {
      hostIP: node.address,
      hostIPs: [{ ip: node.address }, { ip: node.address6 }],
      phase: "Running",
      podIP: node.address,
      podIPs: [{ ip: node.address }, { ip: node.address6 }],
      startTime,
    },
  });
}

/** Those of earlier versions are kept, with no replicas. */
function replicaSets(pods: readonly Pod[]): Fields[] {
  const names = new Map(
    pods.filter(({ controller }) => controller?.kind === "ReplicaSet").map((pod) => [pod.controller?.name ?? "", pod]),
  );
  return [...names].map(([name, { namespace, workload, startMs, ...pod }]) => {
    const replicas = pods.filter(({ controller, endMs }) => controller?.name === name && endMs > dumpTakenMs).length;
    return object("apps/v1", "ReplicaSet", [namespace, name], {
      metadata: {
        creationTimestamp: time(startMs - (startMs % minuteMs)),
        labels: labelsOf({ namespace, workload, startMs, ...pod }),
        ownerReferences: owner("apps/v1", "Deployment", namespace, workload),
      },
      spec: { replicas },
      status: { replicas },
    });
  });
}

function jobs(current: readonly Pod[]): Fields[] {
  return current
    .filter(({ controller }) => controller?.kind === "Job")
    .map(({ namespace, workload, controller, startMs, endMs }) =>
      object("batch/v1", "Job", [namespace, controller?.name ?? ""], {
        metadata: {
          creationTimestamp: time(startMs - 4000),
          labels: { app: workload },
          ownerReferences: owner("batch/v1", "CronJob", namespace, workload),
        },
        spec: { completions: 1, parallelism: 1 },
        status: { completionTime: time(endMs), startTime: time(startMs - 4000), succeeded: 1 },
      }),
    );
}

function serviceObject({ namespace, name, clusterIp, port, targetPort, protocol, backend }: ServiceRow): Fields {
  const isPublic = name === "storefront";
  const selector = "workload" in backend ? { selector: { app: backend.workload } } : {};
  return object("v1", "Service", [namespace, name], {
    metadata: { creationTimestamp: time(weekStartMs - 90 * dayMs) },
    spec: {
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      ...(isPublic ? { externalTrafficPolicy: "Local" } : {}),
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: name === "kubernetes" ? "https" : "main", port, protocol: protocol.toUpperCase(), targetPort }],
      ...selector,
      type: isPublic ? "LoadBalancer" : "ClusterIP",
    },
    status: { loadBalancer: isPublic ? { ingress: [{ ip: "10.0.0.60" }] } : {} },
  });
}

/** The one of `default/kubernetes` holds the control plane's addresses, the one of `ledger-db` was written by hand. */
function endpointSlice(
  { namespace, name, targetPort, protocol, backend }: ServiceRow,
  current: readonly Pod[],
): Fields {
  const isOwn = name === "kubernetes" || !("workload" in backend);
  const endpoints =
    "addresses" in backend
      ? backend.addresses.map((address) => ({ addresses: [address], conditions: { ready: true } }))
      : current
          .filter((pod) => pod.namespace === namespace && pod.workload === backend.workload)
          .map((pod) => ({
            addresses: [pod.address],
            conditions: { ready: true, serving: true, terminating: false },
            nodeName: pod.node.name,
            targetRef: { kind: "Pod", name: pod.name, namespace, uid: uid("Pod", namespace, pod.name) },
          }));
  const slice = isOwn ? name : `${name}-${hex(randomFrom(`slice ${name}`), 5).replaceAll(/[aeiou01]/g, "w")}`;
  return object("discovery.k8s.io/v1", "EndpointSlice", [namespace, slice], {
    metadata: {
      creationTimestamp: time(weekStartMs - 90 * dayMs),
      labels: { "kubernetes.io/service-name": name },
      ...(isOwn ? {} : { ownerReferences: owner("v1", "Service", namespace, name) }),
    },
    addressType: "IPv4",
    endpoints,
    ports: [{ name: name === "kubernetes" ? "https" : "main", port: targetPort, protocol: protocol.toUpperCase() }],
  });
}

function byName(a: Fields, b: Fields): number {
  const key = ({ metadata }: Fields): string => {
    const { namespace = "", name = "" } = metadata as Record<string, string>;
    return `${namespace}/${name}`;
  };
  return key(a) < key(b) ? -1 : 1;
}
