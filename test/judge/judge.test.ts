import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Judge, Judged } from "../../src/app/judge/judge.ts";
import { recordedJudge } from "../../src/app/judge/recorded-judge.ts";
import { dossier } from "../../src/app/wire/dossier.ts";
import { flowMap } from "../../src/app/wire/namespaces.ts";
import { ruleFinding } from "../../src/app/wire/rules.ts";
import { runProgram } from "../cli/program.ts";
import { type Shop, shopFolder, shopForTest } from "./shop-for-test.ts";

let shop: Shop;
let judge: Judge;
const never = new AbortController().signal;
const shopMedia = { cluster: "shop", namespace: "shop-media" };
const shopPayments = { cluster: "shop", namespace: "shop-payments" };

beforeAll(async () => {
  shop = await shopForTest();
  judge = recordedJudge(shop.ports);
});
afterAll(() => shop[Symbol.asyncDispose]());

function told<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function judged(manifest: string, baseManifest?: string): Promise<Judged> {
  return told(await judge.judge({ ...shopPayments, manifest, baseManifest }, never));
}

describe("learning a namespace", () => {
  test.each(["shop-media", "shop-payments", "shop-web", "shop-batch"])(
    "of %s drafts the bytes that `postern suggest` prints",
    async (namespace) => {
      const ask = { cluster: "shop", namespace, kind: "EgressFirewall", posture: "balanced" } as const;
      const drafted = told(await judge.suggest({ ...ask, baseManifest: undefined }, never));
      const [cluster, data] = [join(shopFolder, "cluster"), join(shop.folder, "history")];
      const own = ["-n", namespace, "--cluster", cluster, "--policies", shop.policies];
      const window = ["--since", "2026-02-07", "--until", "2026-03-09T02:00Z"];
      const { stdout } = await runProgram(["suggest", ...own, "--history", data, "--cluster-name", "shop", ...window]);
      expect(drafted.manifest).toBe(stdout);
    },
  );

  test("says what it rests on, in a dossier of the shape that the wire has", async () => {
    const ask = { ...shopPayments, kind: "EgressFirewall", posture: "balanced", baseManifest: undefined } as const;
    const drafted = told(await judge.suggest(ask, never));
    expect(dossier.parse(drafted.dossier)).toEqual(drafted.dossier);
    expect(JSON.parse(JSON.stringify(drafted.dossier))).toEqual(drafted.dossier);
    // What risk it carries is weighed elsewhere.
    const { risk: _, ...own } = drafted.dossier;
    await expect(`${JSON.stringify(own, null, 1)}\n`).toMatchFileSnapshot("golden/dossier-shop-payments.txt");
    expect(drafted.title).toMatch(/^Change EgressFirewall of shop-payments, rules: /);
    const again = told(await recordedJudge(shop.ports).suggest(ask, never));
    expect(again).toEqual(drafted);
  });

  test.each(["build", "shop-mail", "shop-observability", "shop-payments", "shop-web"])(
    "in the editor the text that was learned for %s carries the risk it was proposed with",
    async (namespace) => {
      const where = { cluster: "shop", namespace };
      const ask = { ...where, kind: "EgressFirewall", posture: "balanced", baseManifest: undefined } as const;
      const { manifest, dossier: proposed } = told(await judge.suggest(ask, never));
      const { dossier: typed } = told(await judge.judge({ ...where, manifest, baseManifest: undefined }, never));
      expect(typed!.risk).toEqual(proposed.risk);
      expect(typed!.checks).toEqual(proposed.checks);
    },
  );

  test("of a namespace that nobody saw is refused", async () => {
    const ask = { cluster: "shop", namespace: "nowhere", kind: "EgressFirewall", posture: "balanced" } as const;
    const drafted = await judge.suggest({ ...ask, baseManifest: undefined }, never);
    expect(drafted).toMatchObject({ ok: false, error: { code: "nothing_recorded" } });
  });
});

const closedFirewall = `apiVersion: k8s.ovn.org/v1
kind: EgressFirewall
metadata:
  name: default
  namespace: shop-payments
spec:
  egress:
    - type: Allow
      to:
        cidrSelector: 10.20.30.40/32
      ports:
        - protocol: TCP
          port: 5432
    - type: Deny
      to:
        cidrSelector: 0.0.0.0/0
    - type: Deny
      to:
        cidrSelector: ::/0
`;

describe("judging a text", () => {
  test("tells which recorded connections it would stop, and by which rule", async () => {
    const { dossier: own, policy, exposure } = await judged(closedFirewall);
    expect(policy).toEqual({ kind: "EgressFirewall", name: "default", namespace: "shop-payments" });
    const { replay, rules, exposureBefore, checks } = own!;
    expect(replay.newlyDenied).toBeGreaterThan(10);
    expect(replay.rows[0]).toMatchObject({ before: "allow", after: "deny" });
    expect(replay.rows[0]!.afterBy).toContain("EgressFirewall shop-payments/default: Deny 0.0.0.0/0");
    expect(rules[0]).toMatchObject({ action: "Allow", destination: "10.20.30.40", ports: "tcp/5432", line: 8 });
    expect(rules[0]!.connections).toBeGreaterThan(0);
    expect(exposure!.v4!).toBeLessThan(exposureBefore.v4!);
    expect(checks.find(({ name }) => name === "allows what is needed")).toMatchObject({ passed: false });
  });

  test("compared with itself tells no difference", async () => {
    const { dossier: own } = await judged(closedFirewall, closedFirewall);
    expect(own).toMatchObject({
      differences: [],
      isComparisonComplete: true,
      replay: { newlyDenied: 0, newlyAllowed: 0 },
    });
  });

  test.each(["shop-media", "shop-payments", "shop-web", "shop-mail"])(
    "that was learned for %s, as if somebody had written it, is as ready as it was when it was learned",
    async (namespace) => {
      const where = { cluster: "shop", namespace };
      const ask = { ...where, kind: "EgressFirewall", posture: "balanced", baseManifest: undefined } as const;
      const drafted = told(await judge.suggest(ask, never));
      const written = told(await judge.judge({ ...where, manifest: drafted.manifest, baseManifest: undefined }, never));
      const [own, other] = [written.dossier!.readiness!, drafted.dossier.readiness!];
      expect(own.day).toBeCloseTo(other.day, 2);
      expect(own.week).toBeCloseTo(other.week, 2);
    },
  );

  test("that stops what is needed is hardly ready, and says why", async () => {
    const { dossier: own } = await judged(closedFirewall);
    expect(own!.readiness!.day).toBeLessThan(0.2);
    expect(own!.readiness!.risks[0]!.text).toMatch(
      /connections that are needed will be stopped, as the policy does not allow them/,
    );
  });

  test("that leaves the rest open is not asked how ready it is", async () => {
    const { dossier: own } = await judged(
      closedFirewall.replace(
        "- type: Deny\n      to:\n        cidrSelector: 0.0.0.0/0",
        "- type: Allow\n      to:\n        cidrSelector: 0.0.0.0/0",
      ),
    );
    expect(own!.readiness).toBeNull();
  });

  test("that is empty judges that the base is taken away", async () => {
    const { dossier: own, policy } = await judged("\n", closedFirewall);
    expect(policy).toMatchObject({ kind: "EgressFirewall", name: "default" });
    expect(own!.rules).toEqual([]);
    expect(own!.replay.newlyAllowed).toBeGreaterThan(10);
    expect(own!.exposureAfter.v4).toBeCloseTo(49.6, 0);
  });

  test.each([
    ["that is no YAML", "kind: EgressFirewall\n  bad: [", "manifest_syntax", 1],
    ["without a policy", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n", "judge_no_policy", undefined],
    ["of another namespace", closedFirewall.replace("shop-payments", "shop-web"), "judge_other_namespace", 1],
    [
      "with two policies",
      `${closedFirewall}---\n${closedFirewall.replace("k8s.ovn.org/v1", "network.openshift.io/v1").replace("EgressFirewall", "EgressNetworkPolicy")}`,
      "judge_several_policies",
      21,
    ],
    ["that says no namespace", closedFirewall.replace("  namespace: shop-payments\n", ""), "judge_other_namespace", 1],
    [
      "with an object that is no policy beside it",
      `${closedFirewall}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: { name: a }\n`,
      "judge_other_object",
      21,
    ],
    [
      "for all namespaces",
      "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: { name: a }\n" +
        "spec: { priority: 1, subject: { namespaces: {} }, egress: [] }\n",
      "judge_other_namespace",
      1,
    ],
  ])("%s is a finding with its place, and no dossier", async (_, manifest, code, line) => {
    const { findings, policy, dossier: own } = await judged(manifest);
    expect(findings.find((finding) => finding.code === code)).toMatchObject({
      severity: "error",
      ...(line === undefined ? {} : { line }),
    });
    expect([policy, own]).toEqual([undefined, undefined]);
  });

  test("for the whole cluster is judged when it is for this namespace alone", async () => {
    const { policy } = await judged(
      "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: { name: a }\nspec:\n" +
        "  priority: 1\n  subject: { namespaces: { matchLabels: { kubernetes.io/metadata.name: shop-payments } } }\n" +
        "  egress: [{ action: Deny, to: [{ networks: [203.0.113.0/24] }] }]\n",
    );
    expect(policy).toEqual({ kind: "AdminNetworkPolicy", name: "a", namespace: "" });
  });

  test("may bring the network sets that it points to, unless others point to them already", async () => {
    const text =
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: { name: vendors, labels: { a: b } }\n" +
      "spec: { nets: [203.0.113.0/24] }\n---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n" +
      "metadata: { name: default.egress, namespace: shop-payments }\nspec: { types: [Egress], egress: [{ action: Allow }] }\n";
    const { findings, policy } = await judged(text);
    expect(policy).toMatchObject({ kind: "CalicoNetworkPolicy" });
    expect(findings.find(({ code }) => code === "judge_shared_object")).toMatchObject({ severity: "warning", line: 1 });
    const set = { kind: "GlobalNetworkSet", name: "vendors", namespace: undefined, status: "", isApplied: undefined };
    const clusters = {
      facts: (cluster: string) => shop.ports.clusters.facts(cluster),
      policies: () => Promise.resolve([{ ...set, manifest: text.slice(0, text.indexOf("---")) }]),
    };
    const ask = { ...shopPayments, manifest: text, baseManifest: undefined };
    const other = told(await recordedJudge({ ...shop.ports, clusters }).judge(ask, never));
    expect(other.findings.find(({ code }) => code === "judge_other_object")).toMatchObject({ severity: "error" });
    expect(other.policy).toBeUndefined();
  });

  test("that the API server would refuse is judged, and said so", async () => {
    const { findings, dossier: own } = await judged(closedFirewall.replace("name: default", "name: other"));
    expect(findings.some(({ severity, line }) => severity === "error" && line === 4)).toBe(true);
    expect(own!.checks.find(({ name }) => name === "a cluster applies it")).toMatchObject({ passed: false });
  });

  test("of a namespace without traffic is judged all the same", async () => {
    const where = { cluster: "shop", namespace: "nowhere" };
    const manifest = closedFirewall.replace("shop-payments", "nowhere");
    const { dossier: own } = told(await judge.judge({ ...where, manifest, baseManifest: undefined }, never));
    expect(own).toMatchObject({ evidence: { connections: 0, fromMs: null }, readiness: null });
  });

  test("is given up when nobody waits", async () => {
    const ask = { ...shopPayments, manifest: closedFirewall, baseManifest: undefined };
    expect(await judge.judge(ask, AbortSignal.abort())).toMatchObject({ error: { code: "judge_interrupted" } });
  });
});

describe("reviewing a namespace", () => {
  test("finds what is wrong with its rules, each with the text that mends it alone", async () => {
    const review = told(await judge.review(shopPayments, never));
    expect(review.coverage).toBe("partial");
    expect(review.readinessDay).toBeGreaterThan(0.5);
    const bodies = review.findings.map(({ body }) => ruleFinding.parse(JSON.parse(body)));
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(bodies.length);
    const broad = bodies.find(
      ({ problem, ruleText }) => problem === "over-broad" && ruleText.includes("10.20.0.0/16"),
    )!;
    const { fixedManifest } = review.findings.find(({ id }) => id === broad.id)!;
    const live = review.policies.find(({ kind }) => kind === "EgressFirewall")!;
    const changed = (fixedManifest ?? "").split("\n").filter((line) => !live.manifest.includes(line));
    expect(changed.join("\n")).toContain("10.20.30.40/32");
    const { dossier: own } = await judged(fixedManifest!, live.manifest);
    expect(own!.replay).toMatchObject({ newlyDenied: 0, newlyAllowed: 0 });
    expect(told(await judge.review(shopPayments, never)).findings).toEqual(review.findings);
  });

  test("tells a name that nobody resolves from a block that nobody uses", async () => {
    const { findings } = told(await judge.review(shopMedia, never));
    const bodies = findings.map(({ body }) => ruleFinding.parse(JSON.parse(body)));
    const problems = bodies
      .filter(({ code }) => code === "rule_unused")
      .map(({ ruleText, problem }) => [ruleText, problem]);
    expect(problems).toEqual([
      ["Allow 10.20.40.0/24", "zombie"],
      ["Allow bucket-7.staging.storage.example", "dead-name"],
    ]);
  });

  test("calls it enforced when everything else is denied, and none where there is no policy", async () => {
    const file = join(shop.policies, "shop-payments", "egressfirewall.yaml");
    writeFileSync(file, closedFirewall);
    expect(told(await judge.review(shopPayments, never))).toMatchObject({ coverage: "enforced" });
    const web = told(await judge.review({ cluster: "shop", namespace: "shop-web" }, never));
    expect(web).toMatchObject({ coverage: "none", policies: [], findings: [] });
    const other = told(await judge.review({ cluster: "elsewhere", namespace: "a" }, never));
    expect(other).toMatchObject({ coverage: "unknown" });
  });
});

describe("a flow map", () => {
  test("has every flow once, whatever is put into the rest", async () => {
    const ask = { ...shopMedia, fromMs: undefined, toMs: undefined, workloads: [] };
    const wide = told(await judge.flowMap({ ...ask, most: 500 }, never));
    expect(flowMap.parse(wide)).toEqual(wide);
    const sum = (rows: readonly { readonly flows: number }[]): number =>
      rows.reduce((all, { flows }) => all + flows, 0);
    const payments = told(await judge.flowMap({ ...ask, ...shopPayments, most: 3 }, never));
    for (const map of [wide, payments]) {
      expect(sum(map.services)).toBe(sum(map.links));
      expect(sum(map.workloads)).toBe(sum(map.links));
    }
    expect(payments.services).toHaveLength(3);
    expect(payments.services.at(-1)).toMatchObject({ id: "rest", isRest: true });
  });

  test("of no time at all is empty", async () => {
    const ask = { ...shopMedia, fromMs: 0, toMs: 1, workloads: [], most: 40 };
    expect(told(await judge.flowMap(ask, never))).toEqual({ workloads: [], services: [], links: [] });
  });
});
