import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import type { EdgeDelta } from "../../src/pipeline/flows/sealed-batch.ts";
import { seeded } from "./random.ts";

const hourMs = 3_600_000;
const hours = 24 * 30;

/** Namespaces of a made-up fleet: `team-0007`. */
export function fleetNamespace(n: number): string {
  return `team-${String(n).padStart(4, "0")}`;
}

/** Thirty days of a fleet until now: every edge is one of its own, so that nothing can be added up beforehand. */
export async function fillHistory(
  store: Pick<EdgeStore, "append">,
  { edges, namespaces, nowMs }: { readonly edges: number; readonly namespaces: number; readonly nowMs: number },
): Promise<void> {
  const random = seeded(11);
  const last = Math.floor(nowMs / hourMs);
  const owners = Array.from({ length: 5 * namespaces }, (_, i) => ({
    cluster: "east",
    namespace: fleetNamespace(i % namespaces),
    workload: { kind: "Deployment", name: `service-${Math.floor(i / namespaces)}` },
  }));
  let address = 0;
  for (let n = 0; n < hours; n += 1) {
    const hour = last - hours + 1 + n;
    const rows: EdgeDelta[] = [];
    for (let i = 0; i < edges / hours; i += 1) {
      address += 1;
      const at = hour * hourMs + random.below(hourMs);
      const isV6 = address % 8 === 0;
      rows.push({
        source: 0,
        owner: random.below(owners.length),
        address: isV6
          ? { family: 6, value: (0x20010db8n << 96n) | BigInt(address) }
          : { family: 4, value: BigInt(0x0b000000 + address) },
        prefixLength: undefined,
        protocol: "tcp",
        port: random.chance(0.8) ? 443 : 5000 + random.below(50),
        verdict: random.chance(0.05) ? "denied" : "seen",
        decidedBy: [],
        hour,
        flows: 1 + random.below(50),
        bytes: 100 * random.below(10_000),
        firstSeenMs: at,
        lastSeenMs: at,
      });
    }
    await store.append([
      {
        observer: "bench",
        incarnation: "0".repeat(32),
        sequence: n + 1,
        cluster: "east",
        sealedAtMs: (hour + 1) * hourMs,
        owners,
        sources: ["netobserv"],
        edges: rows,
        names: [],
        coarse: [],
        health: [],
      },
    ]);
  }
}
