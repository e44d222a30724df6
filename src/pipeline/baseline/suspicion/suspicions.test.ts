import { describe, expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { parseCidr } from "../../../core/net/ip-set.ts";
import type { Edge } from "../../flows/edge.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import { builtInGuardrails } from "../guardrails.ts";
import { indexKnowledge } from "../knowledge/knowledge-index.ts";
import { type Knowledge, noKnowledge } from "../knowledge/knowledge.ts";
import { namespaceBaselines } from "../namespace-baseline.ts";

const firstHour = 480_000;
const hourMs = 3_600_000;
const days = 21;
const window = { firstMs: firstHour * hourMs, lastMs: (firstHour + days * 24) * hourMs };

function block(text: string): { readonly kind: "block"; readonly cidr: never } {
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new TypeError(cidr.error.message);
  return { kind: "block", cidr: cidr.value as never };
}

const feed: Knowledge["feeds"][number] = {
  title: "Feodo Tracker",
  source: "feodo.csv",
  asOfMs: Date.UTC(2026, 10, 20),
  entries: [
    { to: block("203.0.113.9/32"), about: "C2 Emotet" },
    { to: block("2001:db8:bad::/48"), about: "" },
    { to: { kind: "name", pattern: { kind: "subdomains", suffix: "evil.example" } }, about: "payload" },
  ],
};
const published: Knowledge["published"][number] = {
  provider: "Cloud",
  source: "ranges.json",
  asOfMs: undefined,
  groups: [{ provider: "Cloud", service: "Store", region: "", cidrs: [block("198.51.100.0/24").cidr] }],
};
const knowledge = indexKnowledge({ ...noKnowledge, feeds: [feed], published: [published] });

/** `cart tcp 192.0.2.1:443 @3-50`: seen every hour from the third to the fiftieth of the window; `@3` once. */
function edge(text: string, fields: Partial<Edge> = {}): Edge {
  const [, line = "", from = "0", to = from] = /^(.*?)(?: @(\d+)(?:-(\d+))?)?$/.exec(text) ?? [];
  const hours = Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => firstHour + Number(from) + i);
  const source = line.includes("/") ? line : `shop/Deployment/${line}`;
  return edgeForTest(source, {
    flows: hours.length,
    bytes: hours.length * 5000,
    firstSeenMs: hours[0]! * hourMs,
    lastSeenMs: hours.at(-1)! * hourMs + 60_000,
    activity: hours.map((hour) => ({ hour, flows: 1 })),
    ...fields,
  });
}

function told(edges: readonly Edge[], evidence: object = {}): (edge: Edge) => string {
  const baselines = namespaceBaselines(edges, builtInGuardrails, { knowledge, window, ...evidence });
  const because = new Map(
    baselines.flatMap(({ notLearned }) => notLearned.map((own) => [own.edge, `${own.reason}: ${own.because}`])),
  );
  return (asked) => because.get(asked) ?? "learned";
}

const busy = edge("cart tcp 192.0.2.1:443 api.example.com @0-500");

describe("a single destination of a busy workload", () => {
  test.each([
    ["a named one is learned, however rare", "cart tcp 192.0.2.7:443 rare.example.com @300", "learned"],
    [
      "a listed address is not",
      "cart tcp 203.0.113.9:443 @0-500",
      "threat-feed: it is listed by Feodo Tracker (2026-11-20) as C2 Emotet",
    ],
    [
      "nor one in a listed block over IPv6",
      "cart tcp [2001:db8:bad::1]:443 @0-500",
      "threat-feed: it is listed by Feodo Tracker (2026-11-20)",
    ],
    [
      "nor one with a listed name",
      "cart tcp 192.0.2.8:443 cdn.evil.example @0-500",
      "threat-feed: its name `cdn.evil.example` is listed by Feodo Tracker (2026-11-20) as payload",
    ],
    [
      "a nameless visit that happened once is set aside",
      "cart tcp 192.0.9.9:443 @300",
      "one-off: it was seen in only one hour, has no name and no known owner, and nobody else uses it",
    ],
    [
      "in either family",
      "cart tcp [2001:db8:5::9]:443 @300-301",
      "one-off: it was seen in only two hours, has no name and no known owner, and nobody else uses it",
    ],
    ["but not one that came back", "cart tcp 192.0.9.9:443 @50-52", "learned"],
    [
      "unless it began long after all else, and nothing explains it",
      "cart tcp 192.0.9.9:443 @300-500",
      "unexplained: it began on 2024-10-16, has no name and no known owner, and nobody else uses it",
    ],
    ["nor one in a published range", "cart tcp 198.51.100.7:443 @300", "learned"],
    ["nor one of the organisation's own network", "cart tcp 10.20.30.40:443 @300", "learned"],
    ["nor one beside an address that is used", "cart tcp 192.0.2.200:443 @300", "learned"],
    ["nor what a job does rarely", "shop/CronJob/report tcp 192.0.9.9:443 @300", "learned"],
  ])("%s", (_title, text, expected) => {
    const asked = edge(text);
    expect(told([busy, asked])(asked)).toBe(expected);
  });
});

test.each([
  ["a database that fails over is learned at both places", "@0-299", "learned"],
  ["a second one beside it is not", "@0-500", /^unexplained/],
  ["nor one after something short", "@280-299", /^unexplained/],
])("%s", (_title, life, expected) => {
  const old = edge(`cart tcp 192.0.7.7:3306 ${life}`);
  const asked = edge("cart tcp 192.0.9.9:3306 @300-500");
  expect(told([busy, old, asked])(asked)).toMatch(expected);
});

test("a nameless visit that another workload makes too is a need of both", () => {
  const [own, other] = [edge("cart tcp 192.0.9.9:443 @300"), edge("web tcp 192.0.9.9:443 @0-400")];
  expect(told([busy, own, other])(own)).toBe("learned");
});

test("a connection that never carried anything is a failure, unless it is a habit", () => {
  const once = edge("cart tcp 192.0.9.9:443 @300", { bytes: 120 });
  const habit = edge("cart tcp 192.0.9.10:443 @0-300", { bytes: 120 });
  const why = told([busy, once, habit]);
  expect([why(once), why(habit)]).toEqual(["no-data: the connection never carried any data", "learned"]);
});

describe("scans", () => {
  const host = (i: number): string => `192.0.${i}.7`;
  const sweep = (count: number, fields: Partial<Edge>, hourOf: (i: number) => number = () => 300): readonly Edge[] =>
    Array.from({ length: count }, (_, i) => edge(`cart tcp ${host(i + 10)}:22 @${hourOf(i)}`, fields));
  const everyDay = (count: number, from = 0): Edge["activity"] =>
    Array.from({ length: count }, (_, day) => ({ hour: firstHour + 24 * (from + day), flows: 1 }));
  const ownMachines = (hour: number, activity: Edge["activity"]): readonly Edge[] =>
    Array.from({ length: 12 }, (_, i) =>
      edge(`cart tcp 10.20.${i}.7:9100 @${hour}`, { bytes: 74, flows: activity.length, activity }),
    );
  test.each<[string, readonly Edge[], RegExp]>([
    [
      "many addresses on one port that do not answer",
      sweep(40, { verdict: "unanswered" }),
      /^scan: it is one of 40 addr/,
    ],
    ["or refuse", sweep(12, { bytes: 74 }), /^scan: it is one of 12 addresses on one port/],
    [
      "some ports of some machines",
      Array.from({ length: 30 }, (_, i) =>
        edge(`cart tcp 192.0.9.${i % 5}:${[22, 80, 443, 3306, 5432, 8080][i % 6]} @300`, { verdict: "unanswered" }),
      ),
      /^scan: it is one of 30 ports of some machines/,
    ],
    [
      "the same every day",
      sweep(12, { bytes: 74, flows: 3, activity: [1, 2, 3].map((day) => ({ hour: firstHour + 24 * day, flows: 1 })) }),
      /^scan: it is one of 12 addresses on one port/,
    ],
    [
      "every day for a fortnight, of machines of nobody's",
      sweep(12, { bytes: 74, flows: 14, activity: everyDay(14) }),
      /^scan: /,
    ],
    ["or of the own ones, begun late", ownMachines(300, everyDay(9, 12)), /^scan: /],
    ["but not from the first day on: that is monitoring", ownMachines(0, everyDay(14)), /^learned/],
    ["slowly", sweep(48, { bytes: 74 }, (i) => 300 + Math.floor(i / 2)), /^scan: it is one of 4[78] addresses/],
    [
      "over IPv6",
      Array.from({ length: 12 }, (_, i) => edge(`cart tcp [2001:db8::${i + 1}]:22 @300`, { bytes: 74 })),
      /^scan: /,
    ],
    [
      "many ports of one address",
      Array.from({ length: 20 }, (_, i) => edge(`cart tcp 192.0.9.9:${1000 + i} @300`, { verdict: "unanswered" })),
      /^scan: it is one of 20 ports of one address/,
    ],
    ["a crawler is none: its connections carry something", sweep(40, { bytes: 90_000 }), /^one-off: /],
    ["a few failures are none", sweep(5, { bytes: 74 }), /^no-data: /],
  ])("%s", (_title, edges, expected) => {
    expect(told([busy, ...edges])(edges[0]!)).toMatch(expected);
  });

  test("of sampled packets a few tries at the ports of one address are enough", () => {
    const edges = Array.from({ length: 5 }, (_, i) =>
      edge(`cart tcp 192.0.9.9:${1000 + i} @${300 + 24 * i}`, { bytes: 3000 }),
    );
    const why = told([busy, ...edges], { samplingMax: 50 });
    expect(why(edges[0]!)).toBe("scan: it is one of 5 ports of one address that were tried in few packets");
  });

  test("many addresses of a service with names are none", () => {
    const edges = Array.from({ length: 40 }, (_, i) => edge(`cart tcp ${host(i)}:443 cdn.example.com @300`));
    expect(edges.map(told([busy, ...edges]))).toEqual(edges.map(() => "learned"));
  });
});

describe("after a workload called a listed address at hour 200", () => {
  const sign = edge("cart tcp 203.0.113.9:443 @200-300");
  test.each([
    ["what it did before is learned", "cart tcp 192.0.8.8:443 @10-400", "learned"],
    [
      "what it began is not",
      "cart tcp 192.0.8.8:8443 @201-400",
      "after-compromise: it began when Deployment/cart contacted 203.0.113.9, which a threat feed lists (2024-10-12), and nobody else uses it",
    ],
    ["nor with a name that nobody used", "cart tcp 192.0.8.8:443 drop.example.net @201-400", /^after-compromise/],
    ["nor in a published range that it did not use", "cart tcp 198.51.100.9:443 @201-400", /^after-compromise/],
    ["nor what it began shortly before", "cart tcp 192.0.8.8:443 @199-400", /^after-compromise/],
    ["a new address of a name that it used is learned", "cart tcp 192.0.8.8:443 api.example.com @201-400", "learned"],
    ["what others began is", "web tcp 192.0.8.8:443 @201-400", "learned"],
  ])("%s", (_title, text, expected) => {
    const asked = edge(text);
    expect(told([busy, sign, asked])(asked)).toMatch(expected);
  });

  test("what a workload without signs uses as well is learned", () => {
    const asked = edge("cart tcp 192.0.8.8:443 new.example.com @210-400");
    const other = edge("web tcp 192.0.8.9:443 new.example.com @100-400");
    expect(told([busy, sign, asked, other])(asked)).toBe("learned");
  });

  test("a single newcomer that uses it as well does not help, two do", () => {
    const asked = edge("cart tcp 192.0.8.8:443 new.example.com @210-400");
    const [web, api] = ["web", "api"].map((who) => edge(`${who} tcp 192.0.8.9:443 new.example.com @220-400`));
    expect(told([busy, sign, asked, web!])(asked)).toMatch(/^after-compromise/);
    expect(told([busy, sign, asked, web!, api!])(asked)).toBe("learned");
  });
});

describe("a workload that called a listed address from the first hour on", () => {
  const sign = edge("cart tcp 203.0.113.9:443 @0-300");
  test.each([
    ["keeps what has a name", "cart tcp 192.0.8.8:443 shop.example.net @1-400", "learned"],
    ["and what lies in a known range", "cart tcp 198.51.100.9:443 @2-400", "learned"],
    ["and its own network", "cart tcp 10.20.30.40:5432 @0-400", "learned"],
    ["but not what nothing explains", "cart tcp 192.0.8.8:8443 @2-400", /^after-compromise/],
    ["nor what it began a day later", "cart tcp 192.0.8.8:443 drop.example.net @30-400", /^after-compromise/],
  ])("%s", (_title, text, expected) => {
    const asked = edge(text);
    expect(told([busy, sign, asked])(asked)).toMatch(expected);
  });
});

describe("a nameless edge to an address that an answer gave", () => {
  const asked = edge("cart tcp 192.0.8.8:443 @0-400");
  const answer = (name: string): NameEvidence => ({
    name,
    address: asked.address,
    cluster: "",
    namespace: "shop",
    workload: { kind: "Deployment", name: "web" },
    from: "dns-answer",
    chain: [],
    ttlSeconds: 60,
    count: 1,
    firstSeenMs: undefined,
    lastSeenMs: undefined,
  });
  test.each([
    ["for a listed name is listed", ["drop.evil.example"], /^threat-feed: its name `drop\.evil\.example` is listed/],
    ["for another name is not", ["api.example.com"], "learned"],
    ["for both may be meant by either", ["drop.evil.example", "api.example.com"], "learned"],
  ])("%s", (_title, names, expected) => {
    expect(told([busy, asked], { nameEvidence: names.map(answer) })(asked)).toMatch(expected);
  });
});

test("asking for the node's credentials is a sign where it is no habit", () => {
  const later = edge("cart tcp 192.0.8.8:443 new.example.net @310-400");
  const begun = edge("cart tcp 169.254.169.254:80 @300");
  const habit = edge("cart tcp 169.254.169.254:80 @1-400");
  expect(told([busy, begun, later])(later)).toMatch(/^after-compromise: .* asked for the node's credentials/);
  expect(told([busy, habit, later])(later)).toBe("learned");
});

test("a source without times says nothing about order", () => {
  const timeless = { activity: [], firstSeenMs: undefined, lastSeenMs: undefined };
  const edges = [
    edge("cart tcp 203.0.113.9:443", timeless),
    edge("cart tcp 192.0.9.9:443", timeless),
    ...Array.from({ length: 20 }, (_, i) => edge(`cart tcp 192.0.${i}.8:22`, timeless)),
  ];
  const why = told(edges, { window: undefined });
  expect(edges.map(why).filter((each) => each !== "learned")).toEqual([
    "threat-feed: it is listed by Feodo Tracker (2026-11-20) as C2 Emotet",
  ]);
});
