import { fateForTest } from "./harvest.test-support.ts";

/** A record as it comes, and what becomes of it. */
export const netobservRecord = {
  SrcK8S_Namespace: "shop",
  SrcK8S_OwnerName: "cart",
  SrcK8S_OwnerType: "Deployment",
  SrcK8S_Name: "cart-5d4f6c7b8d-x2k9q",
  SrcK8S_Type: "Pod",
  SrcAddr: "10.128.2.7",
  SrcPort: 40000,
  DstAddr: "198.51.100.7",
  DstPort: 443,
  Proto: 6,
  Flags: ["SYN", "ACK"],
  FlowDirection: 1,
  Bytes: 100,
  Sampling: 1,
  TimeFlowStartMs: 1_700_000_000_000,
  TimeFlowEndMs: 1_700_000_001_000,
};
export const netobservEdge = "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1 100 B";
export const fateOfNetobserv = (change: Record<string, unknown>): string =>
  fateForTest(JSON.stringify({ ...netobservRecord, ...change }), { format: "netobserv" });
