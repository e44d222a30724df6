import { type ClusterFacts, noClusterFacts, type PodFacts } from "../../../src/pipeline/flows/cluster-facts.ts";
import { keyed, textKey } from "./keyed.ts";
import { formatSchedule, lastRunBefore } from "./schedule.ts";
import { block, type World, type WorldNamespace, type WorldWorkload } from "./world.ts";

const dayMs = 86_400_000;

/** What the cluster says about itself on the last day of learning. */
export function clusterFacts(world: World): ClusterFacts {
  const { settings, namespaces } = world;
  let pods = 0;
  const podOf = (namespace: WorldNamespace, { workload, image }: WorldWorkload, replica: number): PodFacts => {
    pods += 1;
    const { application } = namespace;
    return {
      namespace: namespace.name,
      name: `${workload.name}-${keyed(pods, replica).toString(36)}`,
      addresses: [{ family: 4, value: BigInt(0x0a800000 + pods) }],
      isHostNetwork: false,
      workload,
      labels: {
        app: workload.name,
        "app.kubernetes.io/name": workload.name,
        "app.kubernetes.io/part-of": application.kind,
        team: application.team,
      },
      images: [`${image}:1.4`],
    };
  };
  return {
    ...noClusterFacts,
    clusterNetworks: [block("10.128.0.0/14")],
    serviceNetworks: [block("172.30.0.0/16")],
    nodes: Array.from({ length: settings.nodes + 3 }, (_, i) => ({
      name: i < 3 ? `control-${i}` : `worker-${i - 3}`,
      addresses: [{ family: 4, value: BigInt(0xc0a80a0a + i) }],
      labels: i < 3 ? { "node-role.kubernetes.io/control-plane": "" } : { "node-role.kubernetes.io/worker": "" },
    })),
    pods: namespaces.flatMap((namespace) =>
      namespace.workloads
        .filter(({ schedule }) => schedule === undefined)
        .flatMap((workload) => Array.from({ length: workload.replicas }, (_, i) => podOf(namespace, workload, i))),
    ),
    namespaces: namespaces.map(({ name, application }) => ({
      name,
      labels: { "kubernetes.io/metadata.name": name, team: application.team, application: application.kind },
    })),
    apiServer: [0, 1, 2].map((i) => ({ address: { family: 4, value: BigInt(0xc0a80a0a + i) }, port: 6443 })),
    scheduled: scheduledWork(world),
  };
}

function scheduledWork({ namespaces, startMs, learned }: World): ClusterFacts["scheduled"] {
  const now = startMs + learned * 1000;
  return namespaces.flatMap(({ name, workloads }) =>
    workloads.flatMap(({ workload, schedule }) => {
      if (schedule === undefined) return [];
      const createdMs = startMs - (30 + (keyed(textKey(name), textKey(workload.name)) % 300)) * dayMs;
      const last = lastRunBefore(schedule, now);
      const ran = last === undefined || last < createdMs ? undefined : last;
      return [
        {
          namespace: name,
          name: workload.name,
          schedule: formatSchedule(schedule),
          timeZone: undefined,
          isSuspended: false,
          createdMs,
          lastScheduledMs: ran,
          lastSuccessMs: ran === undefined ? undefined : ran + 600_000,
        },
      ];
    }),
  );
}
