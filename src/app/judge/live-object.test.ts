import { expect, test } from "vitest";
import { liveObject, statusOf } from "./live-object.ts";

const firewall = {
  apiVersion: "k8s.ovn.org/v1",
  kind: "EgressFirewall",
  metadata: {
    uid: "u",
    resourceVersion: "7",
    generation: 2,
    creationTimestamp: "2026-03-01T00:00:00Z",
    managedFields: [{}],
    labels: { app: "shop" },
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", team: "payments" },
    namespace: "shop",
    name: "default",
  },
  spec: { egress: [] },
  status: { status: "EgressFirewall Rules applied", messages: ["zone-a: EgressFirewall Rules applied"] },
};

const print = (value: unknown): string => JSON.stringify(value);

test("an object of the API is told as people commit it, in the usual order", () => {
  const live = liveObject(firewall, print)!;
  expect(JSON.parse(live.manifest)).toEqual({
    apiVersion: "k8s.ovn.org/v1",
    kind: "EgressFirewall",
    metadata: { name: "default", namespace: "shop", labels: { app: "shop" }, annotations: { team: "payments" } },
    spec: { egress: [] },
  });
  expect(live.manifest.indexOf('"name"')).toBeLessThan(live.manifest.indexOf('"labels"'));
  expect(live).toMatchObject({ kind: "EgressFirewall", name: "default", namespace: "shop", isApplied: true });
});

test.each([
  ["a NetworkPolicy of Calico", { apiVersion: "projectcalico.org/v3", kind: "NetworkPolicy" }, "CalicoNetworkPolicy"],
  ["a NetworkPolicy of Kubernetes", { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" }, "NetworkPolicy"],
  ["a tier", { apiVersion: "projectcalico.org/v3", kind: "Tier" }, "Tier"],
  ["a ConfigMap", { apiVersion: "v1", kind: "ConfigMap" }, undefined],
])("%s is called by the word that drafts have", (_, header, kind) => {
  expect(liveObject({ ...header, metadata: { name: "a" } }, print)?.kind).toBe(kind);
});

const ready = (zone: string, status: string, observedGeneration: number): object => ({
  type: `Ready-In-Zone-${zone}`,
  status,
  observedGeneration,
  message: status === "True" ? "Setting up OVN DB plumbing was successful" : "no such port",
});

test.each<[string, object, boolean | undefined, string]>([
  ["says nothing yet", {}, undefined, ""],
  ["has applied its rules in every zone", { status: firewall.status }, true, "EgressFirewall Rules applied"],
  [
    "could not apply them in one zone",
    {
      status: {
        status: "EgressFirewall Rules not correctly applied",
        messages: ["a: EgressFirewall Rules applied", "b: EgressFirewall Rules not correctly applied: no such node"],
      },
    },
    false,
    "b: EgressFirewall Rules not correctly applied: no such node",
  ],
  [
    "is ready in all zones",
    { metadata: { generation: 3 }, status: { conditions: [ready("a", "True", 3), ready("b", "True", 3)] } },
    true,
    "Ready-In-Zone-a: Setting up OVN DB plumbing was successful",
  ],
  [
    "is ready as it was before",
    { metadata: { generation: 4 }, status: { conditions: [ready("a", "True", 3)] } },
    undefined,
    "Ready-In-Zone-a: Setting up OVN DB plumbing was successful",
  ],
  [
    "failed in one zone",
    { status: { conditions: [ready("a", "True", 3), ready("b", "False", 3)] } },
    false,
    "Ready-In-Zone-b: no such port",
  ],
  ["is valid for Cilium", { status: { conditions: [{ type: "Valid", status: "True" }] } }, undefined, "Valid"],
  ["has a status of another sort", { status: { conditions: "yes", status: 7 } }, undefined, ""],
])("a policy that %s", (_, object, isApplied, status) => {
  expect(statusOf(object)).toEqual({ status, isApplied });
});
