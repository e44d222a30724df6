import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatCidr } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { readCluster } from "./read-cluster.ts";

const nothing: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {},
};
const shop = fileURLToPath(new URL("../../../examples/shop/cluster", import.meta.url));
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-cluster-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function read(name: string, text: string): ReturnType<typeof readCluster> {
  await writeFile(join(folder, name), text);
  return readCluster([join(folder, name)], { stdin: nothing });
}

test("the bundled sample says everything about its cluster", async () => {
  const result = await readCluster([shop], { stdin: nothing });
  expect(result.ok).toBe(true);
  if (!result.ok) return;
  const { facts, warnings } = result.value;
  expect(warnings).toEqual([]);
  expect(facts.clusterNetworks.map(formatCidr)).toEqual(["10.128.0.0/14", "fd01::/48"]);
  expect(facts.apiServer.map(({ address, port }) => `${formatIp(address)}:${port}`)).toEqual([
    "10.0.0.10:6443",
    "10.0.0.11:6443",
    "10.0.0.12:6443",
  ]);
  const workloads = new Set(facts.pods.map(({ namespace, workload }) => `${namespace} ${formatWorkload(workload)}`));
  expect(workloads).toContain("shop-payments Deployment/checkout");
  expect(workloads).toContain("shop-mail StatefulSet/mailer");
});

describe("what a dump may look like", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "shop", name: "web" },
    status: { phase: "Running", podIP: "10.128.0.9" },
  };
  test.each([
    ["pods.json", JSON.stringify({ apiVersion: "v1", kind: "List", items: [pod] })],
    [
      "pods.yaml",
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web\n    namespace: shop\n  status:\n    message: 'a long message: that\n      is folded'\n    podIP: 10.128.0.9\n",
    ],
    ["documents.yaml", `---\nkind: ConfigMap\n---\n${JSON.stringify(pod)}\n`],
  ])("%s", async (name, text) => {
    const result = await read(name, text);
    expect(result.ok ? result.value.facts.pods.map((one) => one.name) : result.error).toEqual(["web"]);
  });

  test("a dump that lacks things says so", async () => {
    const result = await read("few.json", JSON.stringify(pod));
    expect(result.ok ? result.value.warnings : result.error).toEqual([
      "the cluster dump has no `networks.config`: inside and outside are told apart by guessing",
      "the cluster dump has no nodes: node selectors stand for nothing known",
      "the cluster dump has no endpointslices: services cannot be seen through",
    ]);
  });

  test("a dump of other things says what to save", async () => {
    const result = await read("other.yaml", "kind: ConfigMap\n");
    expect(result.ok ? result.value.warnings : result.error).toEqual([
      "the cluster dump has nothing that is needed: save `oc get networks.config,nodes,pods,services,endpointslices,cronjobs -A -o yaml`",
    ]);
  });

  test("half a dump is a failure with its place", async () => {
    const result = await read("half.json", '{"kind": "List",\n "items": [');
    expect(result.ok ? [] : result.error.map(({ code }) => code)).toEqual(["manifest_syntax"]);
  });
});
