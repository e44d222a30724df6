import { expect, test } from "vitest";
import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { ClusterView, WatchedResource } from "../live/cluster-view.ts";
import { FixedClusterView } from "../live/fixed-cluster-view.ts";
import { watchedClusters } from "./watched-clusters.ts";

const nowMs = (): number => performance.now() * 10_000;
const print = (value: unknown): string => JSON.stringify(value);
const east = { cluster: "east", namespace: "shop" };

function policy(namespace: string | undefined, name: string): object {
  const kind = namespace === undefined ? "AdminNetworkPolicy" : "EgressFirewall";
  return { kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

class ViewForTest extends FixedClusterView {
  kept: readonly object[] = [];
  parsed = 0;
  resources: readonly WatchedResource[] = [];
  documentsRevision = 1;
  override ready: Promise<void>;

  constructor(ready = Promise.resolve()) {
    super("east", noClusterFacts);
    this.ready = ready;
  }

  override documents(): readonly unknown[] {
    this.parsed += 1;
    return this.kept;
  }

  override status(): ReturnType<ClusterView["status"]> {
    return { ...super.status(), resources: this.resources };
  }
}

function resource(name: string, state: WatchedResource["state"], syncedAtMs: number | undefined): WatchedResource {
  return { name, state, syncedAtMs, message: "", objects: 0 };
}

test("a namespace has its own policies and those of the whole cluster, parsed once for each change", async () => {
  const view = new ViewForTest();
  view.kept = [policy("shop", "default"), policy("other", "default"), policy(undefined, "guard"), { kind: "EgressIP" }];
  const clusters = watchedClusters(new Map([["east", view]]), print, nowMs);
  await view.ready;
  const names = async (): Promise<unknown> => (await clusters.policies(east))?.map(({ name }) => name);
  expect(await names()).toEqual(["default", "guard"]);
  await names();
  expect(view.parsed).toBe(1);
  view.kept = [];
  view.documentsRevision = 2;
  expect(await names()).toEqual([]);
});

test("a cluster that is not fully known yet cannot be asked", async () => {
  const view = new ViewForTest(Promise.withResolvers<void>().promise);
  const clusters = watchedClusters(new Map([["east", view]]), print, nowMs);
  expect([await clusters.policies(east), await clusters.facts("east")]).toEqual([undefined, undefined]);
  expect(await clusters.policies({ ...east, cluster: "west" })).toBeUndefined();
});

test.each([
  ["is hidden", resource("egressfirewalls.k8s.ovn.org", "forbidden", 5), undefined],
  ["was never listed", resource("networkpolicies.networking.k8s.io", "retrying", undefined), undefined],
  ["the cluster does not have", resource("adminnetworkpolicies.policy.networking.k8s.io", "absent", undefined), []],
  ["was listed before", resource("egressfirewalls.k8s.ovn.org", "retrying", 5), []],
])("with a kind of policy that %s", async (_, own, expected) => {
  const view = new ViewForTest();
  view.resources = [own];
  const clusters = watchedClusters(new Map([["east", view]]), print, nowMs);
  await view.ready;
  expect(await clusters.policies(east)).toEqual(expected);
});
