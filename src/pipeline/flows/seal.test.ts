import { expect, test } from "vitest";
import { formatIp } from "../../core/net/ip.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { harvestForTest } from "./harvest.test-support.ts";
import { sealHarvest, sealYields } from "./seal.ts";
import type { SealedBatch } from "./sealed-batch.ts";

const head = { observer: "node-a", incarnation: "0".repeat(32), sequence: 7, cluster: "east", sealedAtMs: 7_200_000 };

/** `east shop Workload/cart → 192.0.2.1 tcp/443 hour 0 ×1`. */
function lines({ owners, sources, edges }: SealedBatch): string[] {
  return edges.map(({ source, owner, address, protocol, port, hour, flows }) => {
    const { cluster, namespace, workload } = owners[owner]!;
    const who = `${sources[source]}: ${cluster} ${namespace} ${formatWorkload(workload)}`;
    return `${who} → ${formatIp(address)} ${protocol}/${port} hour ${hour} ×${flows}`;
  });
}

const flow = (fields: object): string =>
  JSON.stringify({ namespace: "shop", workload: "cart", ip: "192.0.2.1", port: 443, ...fields });

test("an imported harvest is a batch whose counts are those of the harvest", () => {
  const harvest = harvestForTest([
    flow({ time: "1970-01-01T00:10:00Z", name: "pay.example.com" }),
    flow({ time: "1970-01-01T01:10:00Z" }),
    flow({ ip: "2001:db8::1", cluster: "west" }),
    "not a record",
  ]);
  const batch = sealHarvest(harvest, { ...head, source: "flows.jsonl", kind: "file", arrivedAtMs: 7_200_000 });
  expect(lines(batch)).toEqual([
    "flows.jsonl: east shop Workload/cart → 192.0.2.1 tcp/443 hour 0 ×1",
    "flows.jsonl: east shop Workload/cart → 192.0.2.1 tcp/443 hour 1 ×1",
    "flows.jsonl: west shop Workload/cart → 2001:db8::1 tcp/443 hour 2 ×1",
  ]);
  expect(batch.names.map(({ name, address, owner }) => [name, formatIp(address), owner])).toEqual([
    ["pay.example.com", "192.0.2.1", 0],
  ]);
  expect(batch).toMatchObject({ ...head, sources: ["flows.jsonl"] });
  expect(batch.health).toMatchObject([{ source: 0, kind: "file", state: "ended", malformed: 1 }]);
});

test("sources of one batch share its list of owners", () => {
  const harvest = harvestForTest([flow({ time: "1970-01-01T00:10:00Z" })]);
  const { health } = sealHarvest(harvest, { ...head, source: "a", kind: "file", arrivedAtMs: 0 });
  const [{ source: _, ...report } = { source: 0 }] = health;
  const owner = { cluster: "", namespace: "shop", workload: { kind: "Workload", name: "cart" } };
  const row = { destination: "pub", protocol: undefined, port: undefined, verdict: "seen", hour: 0 } as const;
  const brought = { harvest, arrivedAtMs: 0, report: report as (typeof health)[number] };
  const batch = sealYields(
    [
      { ...brought, source: "a", coarse: [] },
      { ...brought, source: "b", coarse: [{ owner, ...row, flows: 3, bytes: undefined }] },
    ],
    head,
  );
  expect(lines(batch)).toEqual([
    "a: east shop Workload/cart → 192.0.2.1 tcp/443 hour 0 ×1",
    "b: east shop Workload/cart → 192.0.2.1 tcp/443 hour 0 ×1",
  ]);
  expect(batch.owners).toEqual([{ ...owner, cluster: "east" }]);
  expect(batch.coarse).toEqual([{ source: 1, owner: 0, ...row, flows: 3, bytes: undefined }]);
});
