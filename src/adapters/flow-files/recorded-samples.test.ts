import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { FlowFolderForTest, readForTest } from "./flow-folder.test-support.ts";

const flows = new FlowFolderForTest();
afterAll(() => flows.remove());
const shared = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
test.runIf(existsSync(shared))("recorded samples decode or are counted as not understood", async () => {
  const found: unknown[] = [];
  for (const name of [
    "netobserv/flow_records.json",
    "netobserv/flow_records_has_dropped.json",
    "netobserv/log-lines.jsonl",
    "hubble",
    "calico",
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
        "calico",
        2,
        0,
        0,
        {
          "ingress": 2,
        },
      ],
      [
        "ovn-acl",
        20,
        1,
        0,
        {
          "ingress": 11,
          "internal": 1,
          "source-unknown": 8,
        },
      ],
    ]
  `);
});

test.runIf(existsSync(shared))(
  "every recorded sample of these sources is read whole, or refused with what it is",
  async () => {
    const names = ["netobserv", "hubble", "calico", "ovn-acl"].flatMap((folder) =>
      readdirSync(join(shared, folder)).map((name) => join(folder, name)),
    );
    const fates: Record<string, string> = {};
    for (const name of names.toSorted()) {
      const failure = await flows.failure([join(shared, name)]);
      if (failure !== "read") {
        fates[name] = failure.replace(/.*\(saw (.*)\); accepted.*/, "refused: $1");
        continue;
      }
      const { inputs, malformed, edges, leftOut } = await readForTest([join(shared, name)]);
      const records = inputs[0]!.flows;
      // No record is lost: each is malformed, left out, or part of an edge.
      const [left, kept] = [leftOut, edges].map((list) => list.reduce((sum, one) => sum + one.flows, 0));
      expect(left! + kept!, name).toBe(records);
      fates[name] = `${records} records, ${malformed.count} malformed`;
    }
    expect(fates).toMatchInlineSnapshot(`
      {
        "calico/enterprise-docs-1.json": "1 records, 0 malformed",
        "calico/enterprise-docs-2.json": "1 records, 0 malformed",
        "hubble/basic-sample-10-flows.jsonl": "10 records, 0 malformed",
        "hubble/basic-sample-330-dns-flows.jsonl": "330 records, 0 malformed",
        "hubble/basic-sample-400-tcp-flows.jsonl": "400 records, 0 malformed",
        "hubble/basic-sample-5-http-flows.jsonl": "5 records, 0 malformed",
        "netobserv/flow_metrics_app.json": "refused: an answer without flow records (metrics?)",
        "netobserv/flow_metrics_dropped_cause.json": "refused: an answer without flow records (metrics?)",
        "netobserv/flow_metrics_namespace.json": "refused: an answer without flow records (metrics?)",
        "netobserv/flow_records.json": "50 records, 0 malformed",
        "netobserv/flow_records_has_dropped.json": "50 records, 0 malformed",
        "netobserv/log-lines.jsonl": "100 records, 0 malformed",
        "netobserv/namespaces.json": "refused: a JSON object with \`status\`, \`data\`",
        "ovn-acl/openshift-docs.log": "16 records, 1 malformed",
        "ovn-acl/ovnk-docs-anp.log": "4 records, 0 malformed",
      }
    `);
  },
);
