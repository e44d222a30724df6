import { afterAll, beforeAll, expect, test } from "vitest";
import type { LivePolicy } from "../../src/app/judge/cluster-reader.ts";
import { recordedJudge } from "../../src/app/judge/recorded-judge.ts";
import type { DraftKind } from "../../src/core/policy/draft.ts";
import { type Shop, shopForTest } from "./shop-for-test.ts";

let shop: Shop;
const never = new AbortController().signal;

beforeAll(async () => {
  shop = await shopForTest();
});
afterAll(() => shop[Symbol.asyncDispose]());

const kinds: readonly DraftKind[] = ["EgressFirewall", "NetworkPolicy", "CiliumNetworkPolicy", "CalicoNetworkPolicy"];
const namespaces = [
  "build",
  "shop-batch",
  "shop-mail",
  "shop-media",
  "shop-observability",
  "shop-payments",
  "shop-web",
];

test.each(kinds.flatMap((kind) => namespaces.map((namespace) => [kind, namespace] as const)))(
  "nothing is wrong with the rules of the %s that was just suggested for %s, in the editor and once it is in force",
  async (kind, namespace) => {
    const where = { cluster: "shop", namespace };
    const drafted = await recordedJudge(shop.ports).suggest(
      { ...where, kind, posture: "balanced", baseManifest: undefined },
      never,
    );
    if (!drafted.ok) throw new Error(JSON.stringify(drafted.error));
    const { manifest, policyName: name } = drafted.value;
    const live: LivePolicy = { kind, name, namespace, manifest, status: "", isApplied: undefined };
    const judge = recordedJudge({
      ...shop.ports,
      clusters: {
        facts: async (cluster) => shop.ports.clusters.facts(cluster),
        policies: () => Promise.resolve([live]),
      },
    });
    const judged = await judge.judge({ ...where, manifest, baseManifest: undefined }, never);
    const review = await judge.review(where, never);
    const found = {
      editor: judged.ok && judged.value.findings.map(({ code, message }) => `${code}: ${message}`),
      inForce: review.ok && review.value.findings.map(({ body }) => (JSON.parse(body) as { message: string }).message),
    };
    expect(found).toEqual({ editor: [], inForce: [] });
  },
);
