import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readForTest } from "./flow-folder.test-support.ts";

const shared = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
test.runIf(existsSync(shared))("recorded samples decode or are counted as not understood", async () => {
  const found: unknown[] = [];
  for (const name of [
    "netobserv/flow_records.json",
    "netobserv/flow_records_has_dropped.json",
    "netobserv/log-lines.jsonl",
    "hubble",
    "ovn-acl",
  ]) {
    const harvest = await readForTest([join(shared, name)]);
    found.push([
      name,
      harvest.inputs.reduce((sum, { flows }) => sum + flows, 0),
      harvest.malformed.count,
      harvest.edges.length,
      Object.fromEntries(harvest.leftOut.map(({ reason, flows }) => [reason, flows])),
    ]);
  }
  expect(found).toMatchInlineSnapshot(`
      [
        [
          "netobserv/flow_records.json",
          50,
          0,
          1,
          {
            "host-network": 14,
            "ingress": 5,
            "initiator-unknown": 2,
            "internal": 6,
            "not-from-pod": 13,
            "reply": 4,
            "service-unresolved": 5,
          },
        ],
        [
          "netobserv/flow_records_has_dropped.json",
          50,
          0,
          6,
          {
            "host-network": 7,
            "ingress": 11,
            "internal": 4,
            "not-from-pod": 14,
            "reply": 4,
          },
        ],
        [
          "netobserv/log-lines.jsonl",
          100,
          0,
          0,
          {
            "not-from-pod": 100,
          },
        ],
        [
          "hubble",
          745,
          0,
          3,
          {
            "host-network": 9,
            "ingress": 37,
            "internal": 338,
            "not-a-flow": 165,
            "not-from-pod": 101,
            "reply": 92,
          },
        ],
        [
          "ovn-acl",
          21,
          0,
          0,
          {
            "ingress": 11,
            "internal": 1,
            "source-unknown": 9,
          },
        ],
      ]
    `);
});
