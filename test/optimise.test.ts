import * as fc from "fast-check";
import { expect, test } from "vitest";
import { policyFilesWith } from "../src/adapters/manifests/policy-files.ts";
import { optimisePolicies, type OptimiseReport } from "../src/app/optimise-policies.ts";
import { recordedWorld } from "../src/app/recorded-world.ts";
import { compare } from "../src/core/policy/compare.ts";
import { compile } from "../src/core/policy/compile.ts";
import { builtInGuardrails } from "../src/pipeline/baseline/guardrails.ts";
import { noKnowledge } from "../src/pipeline/baseline/knowledge/knowledge.ts";
import { type ClusterFacts, noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import type { Edge } from "../src/pipeline/flows/edge.ts";
import type { Harvest } from "../src/pipeline/flows/harvest.ts";
import { judge } from "../src/pipeline/verify/replay.ts";
import { edgeForTest } from "./arbitraries/edge.ts";
import { controlPlane, request } from "./suggest-request.ts";

const nothing: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {},
};
const files = policyFilesWith({ stdin: nothing });
const day = 86_400_000;

/** `Allow 10.0.0.0/8 443,80` and the like, as a file of one firewall. */
function firewall(lines: readonly string[]): string {
  const rules = lines.map((line) => {
    const [type, to = "", ports = ""] = line.split(" ");
    const key = /^[0-9]|:/.test(to) ? "cidrSelector" : "dnsName";
    const listed =
      ports === ""
        ? ""
        : `, ports: [${ports
            .split(",")
            .map((port) => `{protocol: TCP, port: ${port}}`)
            .join(", ")}]`;
    return `    - {type: ${type}, to: {${key}: "${to}"}${listed}}\n`;
  });
  return `apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\nspec:\n  egress:\n${rules.join("")}`;
}

function rulesOf(text: string): readonly string[] {
  const [policy] = files.policiesIn("shop.yaml", text, {}).policies;
  return policy!.rules.map((rule) => rule.text);
}

/** An edge seen on these days, from 0. */
function seen(text: string, ...days: readonly number[]): Edge {
  return on(`shop/Deployment/web ${text}`, ...days);
}

/** The same of any workload. */
function on(text: string, ...days: readonly number[]): Edge {
  const activity = days.map((own) => ({ hour: own * 24 + 6, flows: 1 }));
  const times = days.length === 0 ? {} : { firstSeenMs: days[0]! * day, lastSeenMs: days.at(-1)! * day };
  return edgeForTest(text, { activity, ...times });
}

const everyDay = Array.from({ length: 60 }, (_, i) => i);

function optimise(
  text: string,
  edges?: readonly Edge[],
  more: { readonly facts?: ClusterFacts; readonly harvest?: Partial<Harvest>; readonly unusedDays?: number } = {},
): OptimiseReport & { readonly text: string } {
  const { facts = noClusterFacts, unusedDays = 30 } = more;
  const harvest = edges && { ...request(edges).harvest, window: { firstMs: 0, lastMs: 60 * day }, ...more.harvest };
  const texts = new Map([["shop.yaml", text]]);
  const guardrails = builtInGuardrails;
  const asked = { texts, options: {}, facts, harvest, guardrails, knowledge: noKnowledge, unusedDays };
  const report = optimisePolicies(asked, files);
  return { ...report, text: report.changes[0]?.after ?? text };
}

const denyAll = ["Deny 0.0.0.0/0", "Deny ::/0"];
const https = (host: string, ...days: readonly number[]): Edge => seen(`tcp ${host}:443`, ...days);

test.each<[string, readonly string[], readonly Edge[] | undefined, readonly string[], readonly string[]]>([
  [
    "a shadowed rule goes",
    ["Allow 10.0.0.0/8", "Allow 10.1.0.0/16 443", ...denyAll],
    undefined,
    ["rule_shadowed: remove it"],
    ["Allow 10.0.0.0/8", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "a guardrail stays, although the catch-all says the same",
    ["Deny 169.254.169.254/32", "Allow 10.0.0.0/8", ...denyAll],
    undefined,
    [],
    ["Deny 169.254.169.254/32", "Allow 10.0.0.0/8", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "two halves become one block, and the ports of one destination one list",
    ["Allow 10.0.0.0/9 443", "Allow 192.0.2.1/32 443", "Allow 10.128.0.0/9 443", "Allow 192.0.2.1/32 80", ...denyAll],
    undefined,
    ["rule_mergeable: write them as one", "rule_mergeable: write them as one"],
    ["Allow 10.0.0.0/8 tcp/443", "Allow 192.0.2.1/32 tcp/80,443", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "not over a deny between them",
    ["Allow 10.0.0.0/9 443", "Deny 10.128.0.0/16", "Allow 10.128.0.0/9 443", ...denyAll],
    undefined,
    [],
    ["Allow 10.0.0.0/9 tcp/443", "Deny 10.128.0.0/16", "Allow 10.128.0.0/9 tcp/443", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "the family that was forgotten is closed",
    ["Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
    [https("192.0.2.1", ...everyDay)],
    ["ipv6_left_open: deny ::/0 at the end"],
    ["Allow 192.0.2.1/32 tcp/443", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "not while it is used",
    ["Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
    [https("192.0.2.1", ...everyDay), https("[2001:db8::1]", ...everyDay)],
    ["ipv6_left_open: not, Deployment/web would lose `2001:db8::1 tcp/443`"],
    ["Allow 192.0.2.1/32 tcp/443", "Deny 0.0.0.0/0"],
  ],
  [
    "not where nobody watched",
    ["Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
    undefined,
    [
      "ipv6_left_open: not, nothing recorded shows whether IPv6 is used: record the namespace for at least 7 days, and name `--flows` or `--history`",
    ],
    ["Allow 192.0.2.1/32 tcp/443", "Deny 0.0.0.0/0"],
  ],
  [
    "a rule that nobody used in time goes, one that was used yesterday stays",
    ["Allow 192.0.2.1/32 443", "Allow 192.0.2.9/32 443", "Allow 192.0.2.12/32 443", ...denyAll],
    [https("192.0.2.1", 59), https("192.0.2.9", 9)],
    ["rule_unused: remove it", "rule_unused: remove it"],
    ["Allow 192.0.2.1/32 tcp/443", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "a broad rule becomes what is used, with room where it still grows",
    ["Allow 192.0.2.0/24", "Allow 203.0.0.0/16", ...denyAll],
    [https("192.0.2.1", ...everyDay), https("203.0.2.3", 3), https("203.0.2.6", 40)],
    ["rule_over_broad: allow 192.0.2.1/32 tcp/443", "rule_over_broad: allow 203.0.2.0/27 tcp/443"],
    ["Allow 192.0.2.1/32 tcp/443", "Allow 203.0.2.0/27 tcp/443", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "what ping needs has no ports",
    ["Allow 192.0.2.0/24", ...denyAll],
    [https("192.0.2.1", ...everyDay), seen("icmp 192.0.2.1", ...everyDay)],
    ["rule_over_broad: allow 192.0.2.1/32"],
    ["Allow 192.0.2.1/32", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "an address that its name has left becomes the name",
    ["Allow 192.0.2.1/32 443", "Allow 192.0.2.77/32 443", ...denyAll],
    [
      seen("tcp 192.0.2.1:443 api.example.com", ...everyDay.slice(0, 40)),
      seen("tcp 192.0.2.77:443 api.example.com", ...everyDay.slice(41)),
    ],
    ["rule_address_moves: allow the name api.example.com", "rule_address_moves: allow the name api.example.com"],
    ["Allow api.example.com tcp/443", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "a name whose addresses change daily gets its block beside it",
    ["Allow cdn.example.com 443", ...denyAll],
    everyDay.slice(40).map((own) => seen(`tcp 192.0.2.${own * 4}:443 cdn.example.com`, own)),
    ["rule_name_flaps: also allow 192.0.2.0/24 on its ports"],
    ["Allow cdn.example.com tcp/443", "Allow 192.0.2.0/24 tcp/443", "Deny 0.0.0.0/0", "Deny ::/0"],
  ],
  [
    "a name beside which all stands that was seen of it is left as it was meant",
    ["Allow cdn.example.com 443", "Allow 192.0.2.160/27 443", "Allow 192.0.2.192/26 443", ...denyAll],
    everyDay.slice(40).map((own) => seen(`tcp 192.0.2.${own * 4}:443 cdn.example.com`, own)),
    [],
    ["Allow cdn.example.com tcp/443", "Allow 192.0.2.160/27 tcp/443", "Allow 192.0.2.192/26 tcp/443", ...denyAll],
  ],
])("%s", (_, lines, edges, findings, rules) => {
  const { findings: found, text } = optimise(firewall(lines), edges);
  const told = found
    .filter(({ code }) => code !== "api_server_cut_off")
    .map(({ code, mend, notMended }) => `${code}: ${mend ?? `not, ${notMended}`}`);
  expect(told).toEqual(findings);
  expect(rulesOf(text)).toEqual(rules);
});

test("the way to the API server is opened before what denies it", () => {
  const { text } = optimise(firewall(["Allow 192.0.2.1/32 443", ...denyAll]), undefined, { facts: controlPlane });
  expect(rulesOf(text)).toEqual([
    "Allow 192.0.2.1/32 tcp/443",
    "Allow nodes node-role.kubernetes.io/control-plane tcp/6443",
    "Deny 0.0.0.0/0",
    "Deny ::/0",
  ]);
});

test("an object that does not work as it reads is left alone", () => {
  const text = firewall(["Allowed 192.0.2.0/24", "Deny 0.0.0.0/0"]);
  const { findings, changes } = optimise(text);
  expect(findings.map(({ code, mend }) => [code, mend])).toContainEqual(["rule_redundant", undefined]);
  expect(changes).toEqual([]);
});

test("of kinds that are not changed in their files, what is found is told all the same", () => {
  const rules = (...networks: readonly string[]): string =>
    networks.map((own) => `  - action: Allow\n    to: [{networks: [${own}]}]\n`).join("");
  const text =
    "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: all}\nspec:\n" +
    `  priority: 10\n  subject: {namespaces: {}}\n  egress:\n${rules("192.0.2.0/24", "192.0.2.1/32", "198.51.100.0/24")}`;
  const { findings, changes } = optimise(text, [https("192.0.2.1", ...everyDay)]);
  const because = "rules of kind AdminNetworkPolicy are not changed in their files: do it by hand";
  expect(findings.map(({ code, rule, notMended }) => [code, rule, notMended])).toEqual([
    ["rule_shadowed", 1, because],
    ["rule_unused", 2, because],
  ]);
  expect(findings[1]?.message).toContain("no recorded flow of any namespace that was watched needed");
  expect(changes).toEqual([]);
});

test.each([
  ["too short a recording", { window: { firstMs: 0, lastMs: 3 * day } }, "3 days of recording do not show"],
  ["one packet in 400", { samplingMax: 400 }, "the recording is sampled too thinly"],
])("%s does not make a rule unused", (_, harvest, because) => {
  const text = firewall(["Allow 192.0.2.1/32 443", "Allow 192.0.2.9/32 443", ...denyAll]);
  const report = optimise(text, [https("192.0.2.1", 0, 1, 2)], { harvest });
  const found = report.findings.find(({ code }) => code === "rule_unused");
  expect(found?.notMended).toContain(because);
  expect(rulesOf(report.text)).toContain("Allow 192.0.2.9/32 tcp/443");
});

const job = {
  namespace: "shop",
  name: "report",
  schedule: "0 3 20 * *",
  timeZone: undefined,
  isSuspended: false,
  createdMs: 0,
  // Day 50: the recording begins on 1 January and ends on 1 March.
  lastScheduledMs: 50 * day + 3 * 3_600_000,
  lastSuccessMs: undefined,
};
const cron = "shop/CronJob/report tcp 192.0.2.9:443";

test.each<[string, readonly Edge[], Partial<typeof job> | undefined, Partial<Harvest>, string]>([
  ["a monthly job that used it 41 days ago, and ran since without", [on(cron, 18)], {}, {}, "remove it"],
  [
    "a job of the tenth of January, April, July and October",
    [on(cron, 9)],
    { schedule: "0 3 10 */3 *", lastScheduledMs: 9 * day + 3 * 3_600_000 },
    {},
    "not, CronJob report had no run in this time: it last ran on 1970-01-10, and runs next on 1970-04-10",
  ],
  [
    "a yearly job that ran after the recording, which the dump knows",
    [],
    { schedule: "0 3 10 3 *", lastScheduledMs: 68 * day + 3 * 3_600_000 },
    {},
    "not, CronJob report had no run in this time, and runs next on 1970-03-10",
  ],
  [
    "a job that never ran",
    [],
    { schedule: "0 3 10 3 *", lastScheduledMs: undefined as never },
    {},
    "not, CronJob report has not run yet, and runs next on 1970-03-10",
  ],
  ["a job of another namespace", [], { namespace: "bank", schedule: "0 3 10 3 *" }, {}, "remove it"],
  [
    "a job that is suspended",
    [],
    { isSuspended: true },
    {},
    "not, CronJob report is suspended, and needs what it needs when somebody resumes it",
  ],
  [
    "a job that ran twice under sampling",
    [],
    {},
    { samplingMax: 20 },
    "not, CronJob report ran 2 times in this time, which 1 packet in 20 does not show",
  ],
  [
    "a job of which the cluster was not asked",
    [on(cron, 18)],
    undefined,
    {},
    "not, CronJob/report used it, and when that runs is not known: give a cluster dump with its CronJobs with `--cluster`",
  ],
  [
    "a job that somebody starts",
    [on("shop/Job/migrate tcp 192.0.2.9:443", 18)],
    undefined,
    {},
    "not, Job/migrate used it, which runs when somebody starts it",
  ],
  [
    "use after a month, and a month ago",
    [https("192.0.2.9", 4, 29)],
    undefined,
    {},
    "not, it came back after a pause of 25 days before",
  ],
  ["one use in the middle of a month", [https("192.0.2.9", 10)], undefined, {}, "remove it"],
  [
    "one use at the end of a quarter",
    [https("192.0.2.9", 2)],
    undefined,
    {},
    "not, it was used on 1970-01-03 around the end of a quarter, and none ended since",
  ],
])("no traffic for a month after %s", (_, past, own, harvest, told) => {
  const text = firewall(["Allow 192.0.2.1/32 443", "Allow 192.0.2.9/32 443", ...denyAll]);
  const facts = own === undefined ? noClusterFacts : { ...noClusterFacts, scheduled: [{ ...job, ...own }] };
  const report = optimise(text, [https("192.0.2.1", ...everyDay), ...past], { facts, harvest });
  const found = report.findings.find(({ code }) => code === "rule_unused");
  expect(found?.mend ?? `not, ${found?.notMended}`).toBe(told);
  expect(rulesOf(report.text).includes("Allow 192.0.2.9/32 tcp/443")).toBe(told !== "remove it");
  expect(found?.message).toContain("so would one at the end of a ");
});

test.each([
  [
    "a job that the recording could not show",
    { scheduled: [{ ...job, schedule: "0 3 10 3 *" }] },
    [],
    "CronJob report",
  ],
  ["networks that were met once", {}, [https("203.0.9.9", 3)], "others are to be expected"],
])("%s keeps a broad rule from being narrowed", (_, facts, more, because) => {
  const text = firewall(["Allow 203.0.0.0/16", ...denyAll]);
  const edges = [https("203.0.2.3", ...everyDay), ...more];
  const report = optimise(text, edges, { facts: { ...noClusterFacts, ...facts } });
  expect(report.findings.find(({ code }) => code === "rule_over_broad")?.notMended).toContain(because);
  expect(report.changes).toEqual([]);
});

const arbitraryEdges = fc.array(
  fc
    .tuple(
      fc.constantFrom("192.0.2.1", "10.0.0.7", "10.0.0.9", "203.0.113.200", "[2001:db8::1]", "[2001:db8::2]"),
      fc.constantFrom(80, 443, 5432),
      fc.subarray(everyDay, { minLength: 1, maxLength: 5 }),
      fc.constantFrom("", " api.example.com", " example.com"),
    )
    .map(([host, port, days, name]) => seen(`tcp ${host}:${port}${name}`, ...days)),
  { maxLength: 8 },
);

const hosts = [
  "10.0.0.0/8",
  "10.0.0.0/9",
  "10.128.0.0/9",
  "192.0.2.0/24",
  "192.0.2.1/32",
  "203.0.113.0/24",
  "203.0.113.128/25",
  "2001:db8::/32",
  "169.254.169.254/32",
  "0.0.0.0/0",
  "::/0",
  "api.example.com",
];
const arbitraryLines = fc.array(
  fc
    .tuple(
      fc.constantFrom("Allow", "Allow", "Deny"),
      fc.constantFrom(...hosts),
      fc.constantFrom("", "443", "80", "80,443"),
    )
    .map((words) => words.join(" ").trimEnd()),
  { maxLength: 7 },
);

test("no change loses sanctioned traffic or opens anything, and a second run finds nothing that was mended", () => {
  let changed = 0;
  fc.assert(
    fc.property(arbitraryLines, arbitraryEdges, fc.boolean(), (lines, edges, isWatched) => {
      const text = firewall(lines);
      const [before] = files.policiesIn("shop.yaml", text, {}).policies;
      const report = optimise(text, isWatched ? edges : undefined);
      changed += report.changes.length;
      const [after] = files.policiesIn("shop.yaml", report.text, {}).policies;
      const world = recordedWorld(request(edges).harvest, noClusterFacts);
      const [old, now] = [world.worldOf([before!]), world.worldOf([after!])];
      // What was last needed more than 30 days ago is what the rules that go were for.
      for (const edge of isWatched ? edges.filter(({ lastSeenMs }) => lastSeenMs! > 30 * day) : []) {
        if (judge(edge, old).kind === "allow") expect(judge(edge, now).kind).toBe("allow");
      }
      const opened = [...report.findings, ...report.further].some(
        ({ code }) => code === "rule_name_flaps" || code === "rule_address_moves",
      );
      if (!opened) {
        const news = compare(compile(before!), compile(after!)).filter(({ change }) => change === "newly allowed");
        expect(news).toEqual([]);
      }
      const again = optimise(report.text, isWatched ? edges : undefined);
      expect(again.findings.filter(({ mend }) => mend !== undefined)).toEqual([]);
      expect(again.changes).toEqual([]);
    }),
    { numRuns: 300 },
  );
  expect(changed).toBeGreaterThan(20);
});
