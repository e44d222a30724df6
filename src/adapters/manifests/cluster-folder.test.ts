import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clusterFolder } from "./cluster-folder.ts";

let folder = "";
let clockMs = 0;
let troubles: string[] = [];
const where = { cluster: "east", namespace: "shop" };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-folder-"));
  mkdirSync(join(folder, "policies"));
  clockMs = 0;
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function reader(status?: Parameters<typeof clusterFolder>[0]["status"]): ReturnType<typeof clusterFolder> {
  const files = { cluster: "east", dump: [], policies: [join(folder, "policies")], ...(status && { status }) };
  return clusterFolder(files, { nowMs: () => (clockMs += 10_000), onTrouble: (message) => troubles.push(message) });
}

const firewall = `# why it is there
apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata: { name: default, namespace: shop }
spec:
  egress: []
`;

test("policies are told as people wrote them, and read again when a file changes", async () => {
  const clusters = reader();
  expect(await clusters.policies(where)).toEqual([]);
  writeFileSync(join(folder, "policies", "a.yaml"), firewall);
  const [live] = (await clusters.policies(where))!;
  expect(live).toMatchObject({ kind: "EgressFirewall", name: "default", manifest: firewall, isApplied: undefined });
  expect(await clusters.policies({ ...where, namespace: "other" })).toEqual([]);
  rmSync(join(folder, "policies", "a.yaml"));
  expect(await clusters.policies(where)).toEqual([]);
});

test("what cannot be read is told once, and what was read before stays", async () => {
  writeFileSync(join(folder, "policies", "a.yaml"), firewall);
  const clusters = reader({ status: "applied", isApplied: true });
  expect(await clusters.policies(where)).toMatchObject([{ status: "applied", isApplied: true }]);
  writeFileSync(join(folder, "policies", "b.yaml"), "kind: [\n");
  expect(await clusters.policies(where)).toHaveLength(1);
  expect(await clusters.policies(where)).toHaveLength(1);
  expect(troubles).toHaveLength(1);
  expect(troubles[0]).toContain("b.yaml:");
});

test("objects that a cluster wrote are told without what it added", async () => {
  const object = { apiVersion: "k8s.ovn.org/v1", kind: "EgressFirewall", spec: { egress: [] } };
  const items = ["shop", "other"].map((namespace) => ({
    ...object,
    metadata: { name: "default", namespace, uid: "u", resourceVersion: "7" },
    status: { status: "EgressFirewall Rules applied" },
  }));
  writeFileSync(join(folder, "policies", "all.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const [live] = (await reader().policies(where))!;
  expect(live!.manifest).not.toMatch(/uid|status/);
  expect(live).toMatchObject({ status: "EgressFirewall Rules applied", isApplied: true });
});

test("of another cluster nothing is known", async () => {
  const clusters = reader();
  expect([await clusters.policies({ ...where, cluster: "west" }), await clusters.facts("west")]).toEqual([
    undefined,
    undefined,
  ]);
});
