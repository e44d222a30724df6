import { expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { policyFilesWith } from "../src/adapters/manifests/policy-files.ts";
import { editSuggestions } from "../src/app/edit-suggestions.ts";
import type { PolicyFiles } from "../src/app/policy-files.ts";
import { suggestPolicies } from "../src/app/suggest-policies.ts";
import type { Suggestion } from "../src/app/suggestion.ts";
import { ok } from "../src/core/result.ts";
import { controlPlane, request } from "./suggest-request.ts";

const nothing: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {},
};

function filesOf(text: string): PolicyFiles {
  return { ...policyFilesWith({ stdin: nothing }), readText: () => Promise.resolve(ok(text)) };
}

async function suggest(text: string, edges: readonly string[]): Promise<Suggestion> {
  const files = filesOf(text);
  const existing = files.policiesIn("shop.yaml", text, {}).policies;
  const asked = request(edges, { existing, facts: controlPlane });
  const { suggestions } = suggestPolicies(asked, manifestPort);
  const [edited] = await editSuggestions(suggestions, asked, files, manifestPort);
  return edited!;
}

const edges = ["shop/Deployment/web tcp 192.0.2.1:443", "shop/Deployment/web tcp 10.20.30.40:5432"];
const prelude = (rules: string): string => `# owned by the shop team
apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata:
  name: default
  namespace: shop
  labels: {team: shop}   # for the bill
spec:
  egress:
${rules}`;

test("a hand-written policy keeps what is right, with its comments, and the proof holds for the edited text", async () => {
  const { manifest, edit, policy, verification } = await suggest(
    prelude(`    # the ledger, ticket 4711
    - {type: Allow, to: {cidrSelector: 10.20.30.40/32}, ports: [{protocol: TCP, port: 5432}]}   # ask Ann
    # was for a trial
    - {type: Allow, to: {cidrSelector: 203.0.113.0/24}}

    # nothing else
    - {type: Deny, to: {cidrSelector: 0.0.0.0/0}}
`),
    edges,
  );
  expect(edit?.kind).toBe("edited");
  const rules = edit?.kind === "edited" ? edit.rules.map(({ state, text }) => `${state} ${text}`) : [];
  expect(rules).toContain("kept Allow 10.20.30.40/32 tcp/5432");
  expect(rules).toContain("removed Allow 203.0.113.0/24");
  expect(rules).toContain("added Allow 192.0.2.1/32 tcp/443");
  expect(rules).toContain("kept Deny 0.0.0.0/0");
  expect(manifest).toContain(
    "    # the ledger, ticket 4711\n    - {type: Allow, to: {cidrSelector: 10.20.30.40/32}, ports: [{protocol: TCP, port: 5432}]}   # ask Ann\n",
  );
  expect(manifest).toContain("  labels: {team: shop}   # for the bill\n");
  expect(manifest).not.toContain("trial");
  expect(verification.passed).toBe(true);
  const read = manifestPort.read(manifest).policy;
  expect(read?.rules.length).toBe(policy.rules.length);
  expect(edit?.kind === "edited" && edit.policy.rules).toEqual(read?.rules);
  expect(verification.checks[1]?.detail).toBe("2 of 2 recorded connections pass");
});

test("what is as it should be is not touched", async () => {
  const first = await suggest(prelude("    - {type: Deny, to: {cidrSelector: 0.0.0.0/0}}\n"), edges);
  const again = await suggest(first.manifest, edges);
  expect(again.manifest).toBe(first.manifest);
  expect(again.edit?.kind === "edited" && again.edit.rules.every(({ state }) => state === "kept")).toBe(true);
});

test.each([
  ["anchors", "    - {type: Allow, to: &dc {cidrSelector: 10.0.0.0/8}}\n    - {type: Deny, to: *dc}\n", "anchor"],
  [
    "an order that cannot stay",
    "    - {type: Deny, to: {cidrSelector: 0.0.0.0/0}}\n    - {type: Allow, to: {cidrSelector: 192.0.2.1/32}, ports: [{protocol: TCP, port: 443}]}\n",
    "order",
  ],
  [
    "a rule that reads otherwise than it works",
    "    - {type: allDeny, to: {cidrSelector: 0.0.0.0/0}}\n",
    "would fail its proof (a cluster applies it: ",
  ],
  ["an object that is not applied", "    - {type: Deny, to: {cidrSelector: 0.0.0.0}}\n", "does not apply it"],
])("%s: it is written anew, and says why", async (_, rules, because) => {
  const { edit, manifest } = await suggest(prelude(rules), edges);
  expect(edit?.kind === "rewritten" && edit.because).toContain(because);
  expect(manifest).not.toContain("owned by the shop team");
});
