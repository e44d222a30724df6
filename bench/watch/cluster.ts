import type { KubernetesObject } from "../../test/services/kubernetes/object-store.ts";

/** Pods of one workload: as many as a Deployment has on average. */
const replicas = 4;
const namespaces = 250;
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

function addressesOf(pod: number, run: number): readonly [string, string] {
  // Each run has the address of its neighbour's last one: addresses are used again.
  const at = pod + run;
  return [`10.${128 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`, `fd01::${(at + 1).toString(16)}`];
}

function hashOf(workload: number): string {
  return hex(Math.imul(workload + 1, 0x9e3779b1) >>> 0, 8) + hex(workload & 15, 1);
}

function workloadOf(pod: number): { readonly name: string; readonly namespace: string; readonly hash: string } {
  const workload = Math.floor(pod / replicas);
  return { name: `service-${workload}`, namespace: `team-${workload % namespaces}`, hash: hashOf(workload) };
}

/** What the API server notes of who has written which field: a third of a pod. */
const managedFields = ["kube-controller-manager", "ovnkube-control-plane", "multus-daemon", "kubelet"].map(
  (manager) => ({
    manager,
    operation: "Update",
    apiVersion: "v1",
    time: "2026-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `f:field-${manager}-${i}`,
        { ".": {}, [`k:{"type":"${i}"}`]: { ".": {} } },
      ]),
    ),
  }),
);

const container = (name: string, image: string): object => ({
  name,
  image,
  env: Array.from({ length: 12 }, (_, i) => ({ name: `SETTING_${i}`, value: `https://service-${i}.example.com:8443` })),
  resources: { limits: { memory: "512Mi" }, requests: { cpu: "100m", memory: "256Mi" } },
  volumeMounts: [
    { name: "kube-api-access-abcde", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" },
  ],
  livenessProbe: { httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" }, periodSeconds: 10, timeoutSeconds: 1 },
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: "IfNotPresent",
  securityContext: { capabilities: { drop: ["ALL"] }, runAsNonRoot: true, allowPrivilegeEscalation: false },
});

/** As OpenShift shows one: 8 KB, of which flows need a tenth. */
export function benchPod(pod: number, run: number): KubernetesObject {
  const { name, namespace, hash } = workloadOf(pod);
  const [ip, ip6] = addressesOf(pod, run);
  const started = "2026-01-01T00:00:00Z";
  const image = `registry.example.com/${namespace}/${name}:1.${pod % 7}.0`;
  const podName = `${name}-${hash}-${hex((Math.imul(pod + 7919 * run, 0x85ebca6b) >>> 0) & 0xfffff, 5)}`;
  const uid = `${hex(pod, 8)}-0000-4000-8000-${hex(run, 12)}`;
  const condition = (type: string): object => ({
    type,
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: started,
  });
  const status = (one: string): object => ({
    name: one,
    image,
    imageID: `registry.example.com/${namespace}/${name}@sha256:${hash.repeat(7)}`,
    containerID: `cri-o://${hash.repeat(7)}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: started } },
    lastState: {},
  });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podName,
      generateName: `${name}-${hash}-`,
      namespace,
      uid,
      labels: {
        app: name,
        "app.kubernetes.io/part-of": namespace,
        "app.kubernetes.io/version": `1.${pod % 7}.0`,
        "pod-template-hash": hash,
      },
      annotations: {
        "k8s.ovn.org/pod-networks": JSON.stringify({
          default: { ip_addresses: [`${ip}/23`, `${ip6}/64`], mac_address: "0a:58:0a:80:00:05", role: "primary" },
        }),
        "k8s.v1.cni.cncf.io/network-status": JSON.stringify([
          {
            name: "ovn-kubernetes",
            interface: "eth0",
            ips: [ip, ip6],
            mac: "0a:58:0a:80:00:05",
            default: true,
            dns: {},
          },
        ]),
        "openshift.io/scc": "restricted-v2",
        "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
      },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${name}-${hash}`, uid: `${uid}-of`, controller: true },
      ],
      managedFields,
    },
    spec: {
      containers: [container("main", image), container("sidecar", image)],
      nodeName: `node-${pod % 50}`,
      serviceAccountName: "default",
      schedulerName: "default-scheduler",
      tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
      volumes: [
        { name: "kube-api-access-abcde", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
      ],
    },
    status: {
      phase: "Running",
      conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
        condition,
      ),
      hostIP: "192.0.2.5",
      hostIPs: [{ ip: "192.0.2.5" }],
      podIP: ip,
      podIPs: [{ ip }, { ip: ip6 }],
      startTime: started,
      containerStatuses: [status("main"), status("sidecar")],
      qosClass: "Burstable",
    },
  };
}

/** Everything but pods: what belongs to the workload of a pod, told with its first one. */
export function benchCompany(pod: number): readonly KubernetesObject[] {
  if (pod % replicas !== 0) return [];
  const { name, namespace, hash } = workloadOf(pod);
  const workload = pod / replicas;
  const labels = { app: name, "pod-template-hash": hash };
  const replicaSet = (revision: string, count: number): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${revision}`,
      namespace,
      labels,
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name, uid: `${name}-uid`, controller: true }],
      managedFields,
    },
    spec: { replicas: count },
  });
  return [
    replicaSet(hash, replicas),
    // Deployments keep their last ones.
    ...[1, 2, 3].map((revision) => replicaSet(`${hash.slice(0, -1)}x${revision}`, 0)),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, labels: { app: name }, managedFields },
      spec: {
        clusterIPs: [`172.30.${workload >> 8}.${workload & 255}`],
        ports: [{ name: "http", port: 80, targetPort: 8080 }],
        selector: { app: name },
      },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-x`, namespace, labels: { "kubernetes.io/service-name": name }, managedFields },
      addressType: "IPv4",
      endpoints: Array.from({ length: replicas }, (_, i) => ({
        addresses: [addressesOf(pod + i, 0)[0]],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: `node-${(pod + i) % 50}`,
        targetRef: { kind: "Pod", namespace, name: `${name}-${hash}-${i}` },
      })),
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    },
  ];
}

export function benchFrame(): readonly KubernetesObject[] {
  return [
    {
      apiVersion: "config.openshift.io/v1",
      kind: "Network",
      metadata: { name: "cluster" },
      status: { clusterNetwork: [{ cidr: "10.128.0.0/14", hostPrefix: 23 }], serviceNetwork: ["172.30.0.0/16"] },
    },
    ...Array.from({ length: namespaces }, (_, i) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: `team-${i}`, labels: { "kubernetes.io/metadata.name": `team-${i}` } },
    })),
    ...Array.from({ length: 50 }, (_, i) => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `node-${i}`, labels: { "kubernetes.io/hostname": `node-${i}` }, managedFields },
      status: { addresses: [{ type: "InternalIP", address: `192.0.2.${i}` }] },
    })),
  ];
}
