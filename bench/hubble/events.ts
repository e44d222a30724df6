import { encodeGetFlowsResponse } from "../../test/protos/observer.ts";

/** Distinct messages; a server sends them over and over with another time. */
const distinct = 20_000;
export const firstSeconds = 1_788_246_600;

/**
 * Encoded `GetFlowsResponse`s as a relay sends them to a client that asks for the fields it reads: new connections of
 * 500 workloads to 2,000 addresses. `withLabels`: as it sends them to one that asks for everything.
 */
export function encodedEvents(withLabels: boolean): Buffer[] {
  return Array.from({ length: distinct }, (_, i) => {
    const workload = i % 500;
    const time = { seconds: firstSeconds, nanos: (i * 997) % 1_000_000_000 };
    const labels = withLabels
      ? ["app=cart", "io.cilium.k8s.policy.cluster=default", "io.kubernetes.pod.namespace=shop", "version=v1"].map(
          (label) => `k8s:${label}`,
        )
      : [];
    return encodeGetFlowsResponse({
      flow: {
        time,
        uuid: `${i.toString(16).padStart(8, "0")}-9cbe-4e1e-8f7d-2b9a6d0f1c3e`,
        verdict: "FORWARDED",
        IP: { source: `10.128.${workload >> 6}.${i % 250}`, destination: `198.51.${(i >> 8) % 8}.${i % 256}` },
        l4: { TCP: { source_port: 32_768 + (i % 28_000), destination_port: 443, flags: { SYN: true } } },
        source: {
          identity: 4711 + workload,
          namespace: `team-${workload % 50}`,
          labels,
          pod_name: `service-${workload}-5d4f6c7b8d-x2k9q`,
          workloads: [{ name: `service-${workload}`, kind: "Deployment" }],
        },
        destination: { identity: 2, labels: withLabels ? ["reserved:world"] : [] },
        destination_names: i % 2 === 0 ? [`host-${i % 700}.example.com`] : [],
        node_name: `node-${i % 12}`,
        event_type: { type: 4, sub_type: 3 },
        traffic_direction: "EGRESS",
        trace_observation_point: "TO_STACK",
        is_reply: { value: false },
      },
      node_name: `node-${i % 12}`,
      time,
    });
  });
}
