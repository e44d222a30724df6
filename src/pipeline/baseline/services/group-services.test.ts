import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edgeForTest, ipForTest } from "../../../../test/arbitraries/edge.ts";
import type { Edge } from "../../flows/edge.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import { groupForTest, knowledgeForTest, rangesForTest } from "../knowledge/knowledge.test-support.ts";
import { groupServices } from "./group-services.ts";
import { formatPorts } from "./port-list.ts";
import type { ServiceUse } from "./service-use.ts";

const knowledge = knowledgeForTest({
  published: [
    groupForTest("Amazon AMAZON eu-west-1: 198.18.0.0/15"),
    groupForTest("Amazon EC2 eu-west-1: 198.18.0.0/16"),
    groupForTest("Amazon S3 eu-west-1: 198.19.0.0/24"),
  ],
  onPremises: [rangesForTest("Ghent", "10.7.0.0/16")],
});

const hourMs = 3_600_000;

/** `dns-answer cart a.example 192.0.2.1`, with aliases after it. */
function evidenceForTest(text: string, fields: Partial<NameEvidence> = {}): NameEvidence {
  const [from = "", workload = "", name = "", address = "", ...chain] = text.split(" ");
  return {
    name,
    address: ipForTest(address),
    cluster: "",
    namespace: "shop",
    workload: { kind: "Deployment", name: workload },
    from: from as NameEvidence["from"],
    chain,
    ttlSeconds: 60,
    count: 1,
    firstSeenMs: 0,
    lastSeenMs: 0,
    ...fields,
  };
}

const edgesOf = (lines: readonly string[]): readonly Edge[] =>
  lines.map((line) => edgeForTest(`shop/Deployment/${line}`));
/** The ports only where they are no part of the id. */
const say = ({ service, names, ports, edges }: ServiceUse): string =>
  [
    service.id,
    names.length === 0 ? "" : `(${names.join()})`,
    / (tcp|udp|many)\b/.test(service.id) ? "" : formatPorts(ports),
    `×${edges.length}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
const uses = (edges: readonly string[], evidence: readonly string[] = []): readonly string[] =>
  groupServices(
    edgesOf(edges),
    evidence.map((text) => evidenceForTest(text)),
    knowledge,
  ).map(say);
const many = (line: (n: number) => string, count = 8): readonly string[] =>
  Array.from({ length: count }, (_, n) => line(n));

describe("names", () => {
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    [
      "one name, one service, whatever the addresses",
      ["cart tcp 192.0.2.1:443 api.acme.example", "cart tcp 203.0.113.9:443 api.acme.example"],
      [],
      ["name:api.acme.example (api.acme.example) tcp/443 ×2"],
    ],
    [
      "what the client asked for in TLS beats an answer with another name",
      ["cart tcp 192.0.2.1:443"],
      ["dns-answer cart cdn.example 192.0.2.1", "tls-sni cart shop.example 192.0.2.1"],
      ["name:shop.example (shop.example) tcp/443 ×1"],
    ],
    [
      "a shared address does not pull the traffic of another workload to its own name",
      ["cart tcp 192.0.2.1:443", "mail tcp 192.0.2.1:443"],
      ["tls-sni cart a.example 192.0.2.1", "tls-sni mail b.example 192.0.2.1"],
      ["name:a.example (a.example) tcp/443 ×1", "name:b.example (b.example) tcp/443 ×1"],
    ],
    [
      "an answer to another workload of the namespace helps where there is nothing better",
      ["cart tcp 192.0.2.1:443"],
      ["dns-answer mail a.example 192.0.2.1"],
      ["name:a.example (a.example) tcp/443 ×1"],
    ],
    [
      "a name that shares its only address with a better known one is kept with it",
      ["cart tcp 192.0.2.1:443", "cart tcp 192.0.2.2:443"],
      ["tls-sni cart a.example 192.0.2.1", "tls-sni cart b.example 192.0.2.1", "tls-sni cart b.example 192.0.2.2"],
      ["name:b.example (a.example,b.example) tcp/443 ×2"],
    ],
    [
      "a claim far from what DNS answered is not believed",
      ["cart tcp 203.0.113.66:443"],
      ["tls-sni cart a.example 203.0.113.66", "dns-answer cart a.example 192.0.2.1"],
      ["block:203.0.113.0/24 tcp/443 ×1"],
    ],
    [
      "a claim near what DNS answered is believed: not every answer was recorded",
      ["cart tcp 192.0.77.1:443"],
      ["tls-sni cart a.example 192.0.77.1", "dns-answer cart a.example 192.0.2.1"],
      ["name:a.example (a.example) tcp/443 ×1"],
    ],
    [
      "names of the cluster are no names",
      ["cart tcp 192.0.2.1:443 db.svc.cluster.local"],
      [],
      ["block:192.0.2.0/24 tcp/443 ×1"],
    ],
  ])("%s", (_, edges, evidence, expected) => expect(uses(edges, evidence)).toEqual(expected));

  test("answers of the time of the flows beat older ones", () => {
    const [edge] = edgesOf(["cart tcp 192.0.2.1:443"]);
    const later = { firstSeenMs: 100 * hourMs, lastSeenMs: 101 * hourMs };
    const evidence = [
      evidenceForTest("dns-answer cart a.example 192.0.2.1"),
      evidenceForTest("dns-answer cart longer-name.example 192.0.2.1", later),
    ];
    expect(groupServices([{ ...edge!, ...later }], evidence, knowledge).map(say)).toEqual([
      "name:longer-name.example (longer-name.example) tcp/443 ×1",
    ]);
  });

  test("evidence of other namespaces does not count", () => {
    const evidence = [evidenceForTest("dns-answer cart a.example 192.0.2.1", { namespace: "other" })];
    expect(groupServices(edgesOf(["cart tcp 192.0.2.1:443"]), evidence, knowledge).map(say)).toEqual([
      "block:192.0.2.0/24 tcp/443 ×1",
    ]);
  });

  test("an alias of a well-known service has its traits", () => {
    const evidence = [evidenceForTest("dns-answer cart files.acme.example 192.0.2.1 acme.s3.amazonaws.com")];
    const [use] = groupServices(edgesOf(["cart tcp 192.0.2.1:443"]), evidence, knowledge);
    expect([use?.service.id, use?.service.catalogue?.id]).toEqual(["name:files.acme.example", "amazon-s3"]);
  });
});

test("a well-known service that a content network serves has the traits of the network", () => {
  const alias = "registry.redhat.io.edgekey.net e1.a.akamaiedge.net";
  const evidence = [evidenceForTest(`dns-answer cart registry.redhat.io 192.0.2.1 ${alias}`)];
  const [use] = groupServices(edgesOf(["cart tcp 192.0.2.1:443"]), evidence, knowledge);
  expect([use?.service.id, use?.service.catalogue?.traits]).toEqual([
    "catalogue:red-hat-registry",
    ["rotating", "shared"],
  ]);
});

describe("families", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      "buckets of a store are one service",
      ["cart tcp 192.0.2.1:443 a.s3.amazonaws.com", "cart tcp 192.0.2.9:443 b.s3.amazonaws.com"],
      ["catalogue:amazon-s3 (a.s3.amazonaws.com,b.s3.amazonaws.com) tcp/443 ×2"],
    ],
    [
      "regions of a store are apart",
      [
        "cart tcp 192.0.2.1:443 a.s3.eu-west-1.amazonaws.com",
        "cart tcp 192.0.2.2:443 s3.eu-west-1.amazonaws.com",
        "cart tcp 192.0.2.9:443 b.s3.us-east-1.amazonaws.com",
      ],
      [
        "catalogue:amazon-s3 eu-west-1 (a.s3.eu-west-1.amazonaws.com,s3.eu-west-1.amazonaws.com) tcp/443 ×2",
        "catalogue:amazon-s3 us-east-1 (b.s3.us-east-1.amazonaws.com) tcp/443 ×1",
      ],
    ],
    [
      "a service is known at its own ports only",
      ["cart tcp 192.0.2.1:443 api.stripe.com", "cart tcp 192.0.2.1:8443 api.stripe.com"],
      ["catalogue:stripe (api.stripe.com) tcp/443 ×1", "name:api.stripe.com (api.stripe.com) tcp/8443 ×1"],
    ],
    [
      "two tenants of one service stay apart",
      ["cart tcp 192.0.2.1:443 acme.okta.com", "cart tcp 192.0.2.1:443 other.okta.com"],
      ["name:acme.okta.com (acme.okta.com) tcp/443 ×1", "name:other.okta.com (other.okta.com) tcp/443 ×1"],
    ],
    [
      "names side by side stay apart while they are few",
      ["cart tcp 192.0.2.1:443 a.acme.example", "cart tcp 192.0.2.2:443 b.acme.example"],
      ["name:a.acme.example (a.acme.example) tcp/443 ×1", "name:b.acme.example (b.acme.example) tcp/443 ×1"],
    ],
  ])("%s", (_, edges, expected) => expect(uses(edges)).toEqual(expected));

  test.each([
    ["many names below one owner's are a family", "acme.example", 1],
    ["but not below what a registry sells", "co.uk", 8],
    ["nor below a landlord", "herokuapp.com", 8],
    ["nor below an umbrella", "eu-west-1.rds.amazonaws.com", 8],
    ["many tenants of one service are one to the namespace", "okta.com", 1],
  ])("%s: %s", (_, parent, services) => {
    expect(uses(many((n) => `cart tcp 192.0.2.${n}:443 n${n}.${parent}`))).toHaveLength(services);
  });

  test("a sibling with other ports is no member", () => {
    const edges = [
      ...many((n) => `cart tcp 192.0.2.${n}:443 n${n}.acme.example`),
      "cart tcp 192.0.2.9:22 git.acme.example",
    ];
    expect(uses(edges).map((text) => text.replace(/ \(.*\)/, ""))).toEqual([
      "name:*.acme.example tcp/443 ×8",
      "name:git.acme.example tcp/22 ×1",
    ]);
  });
});

describe("addresses without names", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      "a published group is a service",
      ["cart tcp 198.19.0.7:443", "cart tcp 198.19.0.99:443"],
      ["published:amazon/s3/eu-west-1 tcp/443 ×2"],
    ],
    [
      "rented machines are not",
      ["cart tcp 198.18.0.7:5432", "cart tcp 198.18.9.7:5432"],
      ["block:198.18.0.0/24 tcp/5432 ×1", "block:198.18.9.0/24 tcp/5432 ×1"],
    ],
    [
      "the organisation's range holds one service per list of ports",
      ["cart tcp 10.7.0.1:5432", "cart tcp 10.7.9.1:5432", "cart tcp 10.7.0.2:389"],
      ["on-premises:Ghent tcp/389 ×1", "on-premises:Ghent tcp/5432 ×2"],
    ],
    [
      "neighbours with the same ports are one service, others not",
      ["cart tcp 192.0.2.1:443", "mail tcp 192.0.2.200:443", "cart tcp 192.0.2.3:80", "cart tcp 192.0.3.1:443"],
      ["block:192.0.2.0/24 tcp/443 ×2", "block:192.0.2.0/24 tcp/80 ×1", "block:192.0.3.0/24 tcp/443 ×1"],
    ],
    [
      "a block that the record names stays as it is",
      ["cart tcp 192.0.0.0/16:443", "cart tcp 192.0.2.1:443"],
      ["block:192.0.0.0/16 tcp/443 ×1", "block:192.0.2.0/24 tcp/443 ×1"],
    ],
    ["both families", ["cart tcp [2001:db8::1]:443"], ["block:2001:db8::/64 tcp/443 ×1"]],
    ["what has no port is in none", ["cart icmp 192.0.2.1"], []],
  ])("%s", (_, edges, expected) => expect(uses(edges)).toEqual(expected));

  test("a larger block in public space when it is used densely, never in private space", () => {
    const spread = (net: string) => many((n) => `cart tcp ${net}.${n}.${n + 1}:443`, 16);
    expect(uses(spread("203.0"))).toEqual(["block:203.0.0.0/20 tcp/443 ×16"]);
    expect(uses(many((n) => `cart tcp 203.0.${n * 16}.1:443`, 16))).toEqual(["block:203.0.0.0/16 tcp/443 ×16"]);
    expect(uses(spread("10.1"))).toHaveLength(16);
  });

  test("an address with many ports is alone", () => {
    const edges = [...many((n) => `cart tcp 192.0.2.1:${n + 1000}`, 9), "cart tcp 192.0.2.2:1000"];
    expect(uses(edges)).toEqual(["block:192.0.2.0/24 tcp/1000 ×1", "block:192.0.2.1/32 many ports ×9"]);
  });
});

describe("addresses whose neighbours have names", () => {
  const pool = (count: number, name = "files.example") => many((n) => `cart tcp 203.0.${n * 8}.1:443 ${name}`, count);
  const idOf = (edges: readonly string[]): string | undefined => {
    const read = edgesOf(edges);
    return groupServices(read, [], knowledge).find((use) => use.edges.includes(read.at(-1)!))?.service.id;
  };
  test.each<[string, readonly string[], string]>([
    ["join the service that all of enough neighbours belong to", pool(8), "name:files.example"],
    ["not when the neighbours are few", pool(7), "block:203.0.250.0/24 tcp/443"],
    [
      "not when they do not agree",
      [...pool(8), "cart tcp 203.0.9.9:443 other.example"],
      "block:203.0.250.0/24 tcp/443",
    ],
  ])("%s", (_, named, expected) => expect(idOf([...named, "mail tcp 203.0.250.1:443"])).toBe(expected));

  test.each([
    ["in a published group, two are enough", "mail tcp 198.19.0.9:443", "catalogue:amazon-s3"],
    ["at the ports of the neighbours only", "mail tcp 198.19.0.9:22", "published:amazon/s3/eu-west-1"],
  ])("%s", (_, edge, expected) => {
    const named = ["cart tcp 198.19.0.1:443 a.s3.amazonaws.com", "cart tcp 198.19.0.2:443 a.s3.amazonaws.com"];
    expect(idOf([...named, edge])).toBe(expected);
  });
});

test("published groups are those that hold every address of the use", () => {
  const name = "a.s3.eu-west-1.amazonaws.com";
  const [use] = groupServices(
    edgesOf([`cart tcp 198.19.0.1:443 ${name}`, `cart tcp 198.19.1.1:443 ${name}`]),
    [],
    knowledge,
  );
  expect(use?.published.map(({ service }) => service)).toEqual(["AMAZON"]);
});

describe("laws", () => {
  const names = ["a.acme.example", "b.acme.example", "acme.okta.com", "x.s3.amazonaws.com", "s3.amazonaws.com", "bad"];
  const address = fc.oneof(
    fc.integer({ min: 0, max: 40 }).map((n) => `192.0.${n % 5}.${n}`),
    fc.integer({ min: 0, max: 40 }).map((n) => `198.${18 + (n % 2)}.0.${n}`),
    fc.constantFrom("10.7.0.1", "10.7.1.1", "2001:db8::1", "2001:db8::2"),
  );
  const bracketed = (text: string): string => (text.includes(":") ? `[${text}]` : text);
  const edge = fc
    .record({
      workload: fc.constantFrom("cart", "mail"),
      protocol: fc.constantFrom("tcp", "udp"),
      address,
      port: fc.constantFrom(80, 443),
      own: fc.subarray(names, { maxLength: 2 }),
    })
    .map(({ workload, protocol, address: ip, port, own }) =>
      edgeForTest(`shop/Deployment/${workload} ${protocol} ${bracketed(ip)}:${port} ${own.join(" ")}`.trim()),
    );
  const evidence = fc
    .record({
      from: fc.constantFrom("dns-answer", "tls-sni", "flow"),
      workload: fc.constantFrom("cart", "mail"),
      name: fc.constantFrom(...names),
      address,
    })
    .map(({ from, workload, name, address: ip }) => evidenceForTest(`${from} ${workload} ${name} ${ip}`));
  const input = fc.tuple(
    fc.uniqueArray(edge, {
      maxLength: 40,
      selector: ({ workload, address: { value }, protocol, port }) => `${workload.name} ${value} ${protocol} ${port}`,
    }),
    fc.array(evidence, { maxLength: 20 }),
  );
  const idsOf = (found: readonly ServiceUse[]): ReadonlyMap<Edge, string> =>
    new Map(found.flatMap(({ service, edges }) => edges.map((each) => [each, service.id] as const)));

  test("every edge with a port is in exactly one use, and ids are unique", () => {
    fc.assert(
      fc.property(input, ([edges, told]) => {
        const found = groupServices(edges, told, knowledge);
        const placed = found.flatMap((use) => use.edges);
        expect(new Set(placed)).toEqual(new Set(edges));
        expect(placed).toHaveLength(edges.length);
        expect(new Set(found.map(({ service }) => service.id)).size).toBe(found.length);
      }),
    );
  });

  test("the order of edges and evidence does not matter", () => {
    fc.assert(
      fc.property(input, ([edges, told]) => {
        const forward = groupServices(edges, told, knowledge);
        const backward = groupServices(edges.toReversed(), told.toReversed(), knowledge);
        expect(backward.map(say)).toEqual(forward.map(say));
        expect(backward.map(({ service }) => service)).toEqual(forward.map(({ service }) => service));
        expect(idsOf(backward)).toEqual(idsOf(forward));
      }),
    );
  });

  test("another day of the same traffic renames nothing", () => {
    const dayMs = 24 * hourMs;
    fc.assert(
      fc.property(input, ([edges, told]) => {
        const longer = edges.map((each) => ({ ...each, flows: each.flows * 2, lastSeenMs: dayMs }));
        const more = told.map((each) => ({ ...each, count: each.count * 2, lastSeenMs: dayMs }));
        expect(groupServices(longer, more, knowledge).map(say)).toEqual(groupServices(edges, told, knowledge).map(say));
      }),
    );
  });
});
