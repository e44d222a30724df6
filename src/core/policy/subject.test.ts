import { expect, test } from "vitest";
import { policyForTest } from "../../../test/arbitraries/tiered-policies.ts";
import { labelSelector } from "./label-selector.ts";
import type { EgressPolicy, LabelSelector } from "./model.ts";
import { selectsPod } from "./subject.ts";
import { adminTier } from "./tiers.ts";

const selector = (key: string, value: string): LabelSelector =>
  labelSelector([{ key, operator: "In", values: [value] }]);
const named = (name: string): LabelSelector => selector("kubernetes.io/metadata.name", name);

function wide(namespaces?: LabelSelector, pods?: LabelSelector): EgressPolicy {
  const policy = policyForTest("AdminNetworkPolicy", "guard", [], { ...adminTier, order: 0 });
  return { ...policy, subject: { namespaces, pods } };
}

const own: EgressPolicy = policyForTest("NetworkPolicy", "np", [], undefined);
const web = { ...own, podSelector: selector("app", "web") };

test.each<
  [string, EgressPolicy, Record<string, string> | undefined, Record<string, string> | undefined, boolean | undefined]
>([
  ["a policy of the namespace is for all its pods", own, undefined, undefined, true],
  ["one for chosen pods asks for their labels", web, undefined, undefined, undefined],
  ["chosen", web, undefined, { app: "web" }, true],
  ["not chosen", web, undefined, {}, false],
  ["a policy for all namespaces", wide(), undefined, undefined, true],
  ["the name of a namespace is always known", wide(named("shop")), undefined, undefined, true],
  ["another name", wide(named("pay")), undefined, undefined, false],
  ["other labels are not", wide(selector("team", "a")), undefined, undefined, undefined],
  ["known labels that fit", wide(selector("team", "a")), { team: "a" }, undefined, true],
  ["known labels that do not", wide(selector("team", "a")), {}, undefined, false],
  [
    "a name that does not fit settles it, whatever the other labels",
    wide(labelSelector([...named("pay").requirements, ...selector("team", "a").requirements])),
    undefined,
    undefined,
    false,
  ],
  ["pods that are not chosen settle it too", wide(selector("team", "a"), selector("app", "web")), undefined, {}, false],
  [
    "both must be known to fit",
    wide(selector("team", "a"), selector("app", "web")),
    undefined,
    { app: "web" },
    undefined,
  ],
])("%s", (_, policy, namespaceLabels, labels, expected) => {
  expect(selectsPod(policy, { namespace: "shop", namespaceLabels, labels })).toBe(expected);
});
