import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { noClusterFacts } from "../../flows/cluster-facts.ts";
import { indexKnowledge } from "../knowledge/knowledge-index.ts";
import { noKnowledge } from "../knowledge/knowledge.ts";
import { groupServices } from "../services/group-services.ts";
import { expectedServices, type Experience } from "./expected-services.ts";
import { featuresOf, repositoryOf, traitsOfCluster, type WorkloadTraits } from "./traits.ts";

const index = indexKnowledge(noKnowledge);

function traits(namespace: string, name: string, fields: Partial<WorkloadTraits> = {}): WorkloadTraits {
  return {
    namespace,
    workload: { kind: "Deployment", name },
    labels: {},
    namespaceLabels: {},
    images: [],
    ...fields,
  };
}

/** Workloads with the addresses that each uses. */
function experience(rows: readonly (readonly [WorkloadTraits, readonly string[]])[]): Experience {
  const uses = rows.flatMap(([{ namespace, workload }, targets]) =>
    groupServices(
      targets.map((target) => edgeForTest(`${namespace}/${workload.kind}/${workload.name} ${target}`)),
      [],
      index,
    ),
  );
  return { known: rows.map(([own]) => own), uses };
}

const payments = { images: ["quay.io/shop/payments:1.4"], labels: { app: "payments" } };
const frontend = { images: ["quay.io/shop/frontend:7"], labels: { app: "frontend" } };
const shop = experience([
  [traits("shop-test", "payments", payments), ["tcp 192.0.2.7:443", "tcp 192.0.2.99:5432"]],
  [traits("shop-stage", "payments", payments), ["tcp 192.0.2.7:443", "tcp 192.0.2.99:5432"]],
  [traits("shop-live", "payments", payments), ["tcp 192.0.2.7:443"]],
  [traits("shop-test", "frontend", frontend), ["tcp 198.51.100.4:443"]],
  [traits("shop-stage", "frontend", frontend), ["tcp 198.51.100.4:443"]],
  [traits("batch", "nightly", { images: ["quay.io/data/batch"] }), ["tcp 203.0.113.1:22"]],
]);

describe("what a namespace without traffic will need", () => {
  const told = (newcomer: WorkloadTraits): readonly string[] =>
    expectedServices([newcomer], shop).services.map(
      ({ service, confidence, usedBy }) => `${service.title} ${confidence >= 0.5 ? "likely" : "unlikely"} ${usedBy}`,
    );

  test("is what workloads of the same image use, and more surely what all of them use", () => {
    const [first, second, ...rest] = expectedServices([traits("shop-new", "payments", payments)], shop).services;
    expect([first!.service.title, second!.service.title]).toEqual(["192.0.2.7", "192.0.2.99"]);
    expect(first!.confidence).toBeGreaterThan(second!.confidence);
    expect(second!.confidence).toBeGreaterThan(0.5);
    expect(rest.every(({ confidence }) => confidence < 0.2)).toBe(true);
  });

  test("says whose it is, and what they share", () => {
    const [first] = expectedServices([traits("shop-new", "payments", payments)], shop).services;
    expect(first!.users.map(({ traits: { namespace } }) => namespace).toSorted()).toEqual([
      "shop-live",
      "shop-stage",
      "shop-test",
    ]);
    expect(first!.users[0]!.shared).toContain("image:quay.io/shop/payments");
  });

  test("is nothing for a workload that is like none", () => {
    const stranger = traits("lab", "probe", { workload: { kind: "Job", name: "probe" }, images: ["example.com/x"] });
    expect(told(stranger)).toEqual([]);
  });

  test("is not learned from the namespace itself", () => {
    const own = expectedServices([traits("shop-live", "payments", payments)], shop);
    expect(own.services[0]!.users.map(({ traits: { namespace } }) => namespace)).not.toContain("shop-live");
  });

  test("is a chance between 0 and 1, whatever the order of what is known", () => {
    const rows = fc.shuffledSubarray([...shop.known.keys()], { minLength: shop.known.length });
    fc.assert(
      fc.property(rows, (order) => {
        const shuffled = { ...shop, known: order.map((at) => shop.known[at]!) };
        const said = ({ services }: ReturnType<typeof expectedServices>): readonly (string | number)[][] =>
          services.map(({ service, confidence }) => [service.id, Number(confidence.toFixed(9))]);
        const newcomer = [traits("shop-new", "payments", payments)];
        const expected = said(expectedServices(newcomer, shuffled));
        expect(expected).toEqual(said(expectedServices(newcomer, shop)));
        expect(expected.every(([, confidence]) => Number(confidence) >= 0 && Number(confidence) <= 1)).toBe(true);
      }),
    );
  });
});

describe("what workloads can have in common", () => {
  test.each([
    ["quay.io/shop/cart:1.2", "quay.io/shop/cart"],
    ["localhost:5000/cart@sha256:00ff", "localhost:5000/cart"],
    ["registry.example:5000/a/b:v1@sha256:00ff", "registry.example:5000/a/b"],
    ["docker-pullable://Quay.io/Cart:1", "quay.io/cart"],
    ["sha256:00ff", ""],
  ])("the repository of %s is %s", (image, repository) => {
    expect(repositoryOf(image)).toBe(repository);
  });

  test("is not what names the object, nor what everybody carries beside it", () => {
    const own = traits("shop-7", "cart-v2", {
      labels: { app: "cart", "app.kubernetes.io/instance": "cart-7" },
      namespaceLabels: { "kubernetes.io/metadata.name": "shop-7", team: "red" },
      images: ["quay.io/openshift/oauth-proxy:1", "quay.io/shop/cart:1"],
    });
    expect(featuresOf(own)).toEqual([
      "image:quay.io/shop/cart",
      "kind:Deployment",
      "label:app=cart",
      "name:cart",
      "namespace-name:shop",
      "namespace:team=red",
      "program:cart",
    ]);
  });

  test("is told by the cluster: a workload once, however many pods it has, and no host-network pod", () => {
    const pod = { addresses: [], isHostNetwork: false, labels: { app: "cart" }, namespace: "shop" };
    const workload = { kind: "Deployment", name: "cart" };
    const found = traitsOfCluster({
      ...noClusterFacts,
      namespaces: [{ name: "shop", labels: { team: "red" } }],
      pods: [
        { ...pod, name: "cart-1", workload, images: ["a"] },
        { ...pod, name: "cart-2", workload, images: ["b"] },
        { ...pod, name: "agent-1", workload: { kind: "DaemonSet", name: "agent" }, isHostNetwork: true },
      ],
    });
    expect(found).toEqual([
      { namespace: "shop", workload, labels: { app: "cart" }, namespaceLabels: { team: "red" }, images: ["a", "b"] },
    ]);
  });
});
