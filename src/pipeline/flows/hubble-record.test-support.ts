/** A flow as the relay tells it, what becomes of it, and how it is printed. */
export const hubbleFlow = {
  time: "2026-09-01T08:30:00.123456789Z",
  verdict: "FORWARDED",
  IP: { source: "10.128.0.7", destination: "198.51.100.7", ipVersion: "IPv4" },
  l4: { TCP: { source_port: 40000, destination_port: 443, flags: { SYN: true } } },
  source: {
    identity: 4711,
    namespace: "shop",
    pod_name: "cart-5d4f6c7b8d-x2k9q",
    workloads: [{ name: "cart", kind: "Deployment" }],
  },
  destination: { identity: 2, labels: ["reserved:world"] },
  Type: "L3_L4",
  event_type: { type: 4, sub_type: 3 },
  traffic_direction: "EGRESS",
  trace_observation_point: "TO_STACK",
  is_reply: false,
};
export const hubbleEdge = "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1";
export const hubbleLine = (change: object): string =>
  JSON.stringify({ flow: { ...hubbleFlow, ...change }, node_name: "n1", time: hubbleFlow.time });
