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

const whose = (key: string, value = "a"): EgressPolicy => ({ ...own, podSelector: selector(key, value) });

/** Labels that Calico and Cilium put on pods: of their namespace, or of what nothing here tells. */
test.each<[string, EgressPolicy, Record<string, string> | undefined, boolean | undefined]>([
  ["Calico's name of the namespace", whose("projectcalico.org/namespace", "shop"), undefined, true],
  ["another name", whose("projectcalico.org/namespace", "pay"), undefined, false],
  ["Calico's copy of a namespace's label", whose("pcns.team"), { team: "a" }, true],
  ["a copy of another value", whose("pcns.team"), { team: "b" }, false],
  ["a copy of a label that is not known", whose("pcns.team"), undefined, undefined],
  ["a copy of the name is", whose("pcns.projectcalico.org/name", "shop"), undefined, true],
  ["Cilium's copy of a namespace's label", whose("io.cilium.k8s.namespace.labels.team"), { team: "a" }, true],
  ["a copy of a label that is not there", whose("io.cilium.k8s.namespace.labels.team"), {}, false],
  ["no copy by a name that every object has", whose("pcns.constructor"), {}, false],
  ["a service account of Cilium's", whose("k8s:io.cilium.k8s.policy.serviceaccount"), {}, undefined],
  ["the same without its source", whose("io.cilium.k8s.policy.serviceaccount"), {}, undefined],
  ["a label of a container", whose("container:app"), {}, undefined],
  ["an identity that no pod has", whose("reserved:host", ""), {}, false],
])("%s", (_, policy, namespaceLabels, expected) => {
  expect(selectsPod(policy, { namespace: "shop", namespaceLabels, labels: { app: "web" } })).toBe(expected);
});
