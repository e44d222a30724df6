import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { formatCidr, ipSetOf, isSubsetIp, noAddresses } from "../../../core/net/ip-set.ts";
import { formatNamePattern } from "../../../core/net/name-pattern.ts";
import { indexKnowledge } from "../../baseline/knowledge/knowledge-index.ts";
import { noKnowledge } from "../../baseline/knowledge/knowledge.ts";
import { groupServices } from "../../baseline/services/group-services.ts";
import { nameBook } from "../../baseline/statistics/name-book.ts";
import type { Edge } from "../../flows/edge.ts";
import { blockOf } from "../needs.ts";
import type { KindAbilities, Need, Posture } from "./choice.ts";
import { type ChosenNeeds, chooseNeeds, type NeedsInput } from "./choose-needs.ts";

const firewall: KindAbilities = { names: "exact", nodes: true, ports: true, ipv6: true, denies: true, maxRules: 8000 };

function chosen(
  edges: readonly Edge[],
  fields: Partial<NeedsInput> = {},
  abilities: KindAbilities = firewall,
): ChosenNeeds {
  const input: NeedsInput = {
    posture: "balanced",
    uses: groupServices(edges, [], indexKnowledge(noKnowledge)),
    withoutPorts: edges.filter(({ protocol }) => protocol === "icmp"),
    window: { firstMs: 0, lastMs: 0 },
    sampling: 1,
    names: nameBook([]),
    nodes: [],
    knowledge: indexKnowledge(noKnowledge),
    kept: [],
    shut: { addresses: noAddresses },
    ...fields,
  };
  return chooseNeeds(input, abilities);
}

const say = ({ to, ports }: Need): string => {
  const target =
    to.kind === "name" ? formatNamePattern(to.pattern) : to.kind === "cidr" ? formatCidr(to.cidr) : "nodes";
  return [target, ...ports.map(({ protocol, port }) => `${protocol}/${port}`)].join(" ");
};
const read = (texts: readonly string[]): readonly Edge[] =>
  texts.map((text) => edgeForTest(`shop/Deployment/cart ${text}`));

test.each([
  ["one address", ["tcp 192.0.2.1:443"], ["192.0.2.1/32 tcp/443"]],
  [
    "neighbours become the block that holds exactly them",
    ["tcp 192.0.2.2:443", "tcp 192.0.2.3:443"],
    ["192.0.2.2/31 tcp/443"],
  ],
  [
    "neighbours with other ports stay apart",
    ["tcp 192.0.2.2:443", "tcp 192.0.2.3:80"],
    ["192.0.2.2/32 tcp/443", "192.0.2.3/32 tcp/80"],
  ],
  [
    "one address with several ports is one rule",
    ["tcp 192.0.2.1:443", "udp 192.0.2.1:53", "tcp 192.0.2.1:80"],
    ["192.0.2.1/32 tcp/80 tcp/443 udp/53"],
  ],
  ["an address with one name goes by its name", ["tcp 192.0.2.1:443 api.example.com"], ["api.example.com tcp/443"]],
  [
    "a name with one address of each family does too: a resolver asks for both",
    ["tcp 192.0.2.1:443 api.example.com", "tcp [2001:db8::1]:443 api.example.com"],
    ["api.example.com tcp/443"],
  ],
  [
    "a name with several addresses keeps them beside it, because a node may be told another one than the pod",
    ["tcp 192.0.2.1:443 api.example.com", "tcp 198.51.100.9:443 api.example.com"],
    ["api.example.com tcp/443", "192.0.2.1/32 tcp/443", "198.51.100.9/32 tcp/443"],
  ],
  [
    "two services at one address keep their own names and ports",
    ["tcp 192.0.2.1:443 a.example.com", "tcp 192.0.2.1:8443 b.example.com"],
    ["a.example.com tcp/443", "b.example.com tcp/8443"],
  ],
  ["names of the cluster are no names", ["tcp 192.0.2.1:443 api.shop.svc.cluster.local"], ["192.0.2.1/32 tcp/443"]],
  ["a block that was named stays a block", ["tcp 10.20.0.0/16:5432"], ["10.20.0.0/16 tcp/5432"]],
  [
    "an address inside a block with the same ports needs no rule",
    ["tcp 10.20.0.0/16:5432", "tcp 10.20.3.4:5432"],
    ["10.20.0.0/16 tcp/5432"],
  ],
  [
    "an address inside a block with other ports does",
    ["tcp 10.20.0.0/16:5432", "tcp 10.20.3.4:22"],
    ["10.20.0.0/16 tcp/5432", "10.20.3.4/32 tcp/22"],
  ],
  [
    "both families",
    ["tcp [2001:db8::1]:443", "tcp 192.0.2.1:443"],
    ["192.0.2.1/32 tcp/443", "2001:db8::1/128 tcp/443"],
  ],
  ["ICMP has no ports and is nobody's need where rules have some", ["icmp 192.0.2.1"], []],
])("%s", (_title, edges, expected) => {
  expect(chosen(read(edges)).needs.map(say).toSorted()).toEqual(expected.toSorted());
});

test.each([
  ["without names", { ...firewall, names: "none" as const }, ["192.0.2.1/32 tcp/443", "2001:db8::1/128 tcp/443"]],
  ["without IPv6", { ...firewall, names: "none" as const, ipv6: false }, ["192.0.2.1/32 tcp/443"]],
  ["without ports", { ...firewall, ports: false }, ["192.0.2.9/32", "api.example.com"]],
])("a kind %s gets needs that it can say", (_title, abilities, expected) => {
  const edges = read(["tcp 192.0.2.1:443 api.example.com", "tcp [2001:db8::1]:443 api.example.com", "icmp 192.0.2.9"]);
  expect(chosen(edges, {}, abilities).needs.map(say).toSorted()).toEqual(expected);
});

test("what must stay shut is cut out where a kind cannot deny it first", () => {
  const shut = { addresses: ipSetOf({ family: 4, first: 0xc0000280n, prefixLength: 25 }) };
  const edges = read(["tcp 192.0.2.0/24:443"]);
  expect(chosen(edges, { shut }, { ...firewall, denies: false }).needs.map(say)).toEqual(["192.0.2.0/25 tcp/443"]);
  expect(chosen(edges, { shut }).needs.map(say)).toEqual(["192.0.2.0/24 tcp/443"]);
});

/** Days of traffic to a pool: `perDay` addresses a day out of `size` in a block of this length. */
function pool(
  {
    days,
    perDay,
    size,
    hostBits,
    name = "",
  }: { days: number; perDay: number; size: number; hostBits: number; name?: string },
  seed = 1,
): readonly Edge[] {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const hosts = Array.from({ length: size }, () => next(2 ** hostBits));
  const byHost = new Map<number, { hour: number; flows: number }[]>();
  for (let day = 0; day < days; day += 1)
    for (let i = 0; i < perDay; i += 1) {
      const host = hosts[next(size)]!;
      const hour = day * 24 + Math.floor((i * 24) / perDay);
      const activity = byHost.get(host) ?? [];
      if (activity.at(-1)?.hour === hour) activity.at(-1)!.flows += 1;
      else activity.push({ hour, flows: 1 });
      byHost.set(host, activity);
    }
  return [...byHost].map(([host, activity]) => {
    const value = 0xc6120000 + host;
    const text = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
    return edgeForTest(`shop/Deployment/cart tcp ${text}:443${name}`, {
      activity,
      flows: activity.reduce((sum, { flows }) => sum + flows, 0),
    });
  });
}

const window = (days: number): NeedsInput["window"] => ({ firstMs: 0, lastMs: days * 24 * 3_600_000 - 1 });

describe("a service whose addresses change", () => {
  const rotating = pool({ days: 20, perDay: 40, size: 3000, hostBits: 14, name: " cdn.example.com" });

  test("is allowed by blocks that new addresses stay in, with the reason and what else there was", () => {
    const { choices } = chosen(rotating, { window: window(20) });
    const [{ form, because, runnerUp }] = choices as [(typeof choices)[number]];
    expect(form.kind).toBe("consolidated");
    expect(form.breaksWithinWeek).toBeLessThan(0.4);
    expect(because).toMatch(
      /^new addresses came on 19 of 19 days, (no new block came in|new blocks came on \d of) 19 days$/,
    );
    expect(runnerUp?.because).toMatch(/ would /);
  });

  test("is one rule by name where the cluster learns a name's addresses from what pods are told", () => {
    const { choices } = chosen(rotating, { window: window(20) }, { ...firewall, namesFollowPods: true });
    expect(choices.map(({ form }) => form.title)).toEqual(["the name cdn.example.com"]);
  });

  test("has coarser blocks where there are too many rules", () => {
    const wide = pool({ days: 20, perDay: 40, size: 3000, hostBits: 16 });
    const tight = chosen(wide, { window: window(20), posture: "strict" }, { ...firewall, maxRules: 36 });
    expect(tight.needs.length).toBeLessThanOrEqual(4);
  });
});

describe("laws", () => {
  const edge = fc
    .tuple(
      fc.constantFrom(10, 11, 12, 13, 14, 15, 200),
      fc.constantFrom(443, 80),
      fc.constantFrom("tcp", "udp"),
      fc.constantFrom("", " a.example.com", " b.example.com"),
      fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 5 })), { maxLength: 5 }),
    )
    .map(([host, port, protocol, name, hours]) => {
      const activity = [...new Map(hours)].sort(([a], [b]) => a - b).map(([hour, flows]) => ({ hour, flows }));
      return edgeForTest(`shop/Deployment/cart ${protocol} 192.0.2.${host}:${port}${name}`, { activity });
    });
  const edges = fc.array(edge, { maxLength: 12 });

  test("every edge is allowed by a need that counts it", () => {
    fc.assert(
      fc.property(edges, (own) => {
        const { needs } = chosen(own, { window: window(17) });
        for (const one of own) {
          const allowing = needs.filter((need) => need.edges.includes(one));
          expect(allowing.length).toBeGreaterThan(0);
          for (const { to, ports } of allowing) {
            expect(ports).toContainEqual({ protocol: one.protocol, port: one.port });
            if (to.kind === "cidr") expect(isSubsetIp(ipSetOf(blockOf(one)), ipSetOf(to.cidr))).toBe(true);
            if (to.kind === "name") expect(one.names).toContain(formatNamePattern(to.pattern));
          }
        }
      }),
    );
  });

  test("the order of the edges does not matter", () => {
    fc.assert(
      fc.property(edges, (own) => {
        const told = (list: readonly Edge[]): readonly string[] => chosen(list, { window: window(17) }).needs.map(say);
        expect(told(own.toReversed())).toEqual(told(own));
      }),
    );
  });

  test("a more cautious posture opens no less of any service", () => {
    fc.assert(
      fc.property(
        fc.record({
          days: fc.integer({ min: 1, max: 20 }),
          perDay: fc.integer({ min: 1, max: 20 }),
          size: fc.integer({ min: 1, max: 200 }),
          hostBits: fc.integer({ min: 4, max: 16 }),
          name: fc.constantFrom("", " cdn.example.com"),
        }),
        fc.nat(1000),
        (shape, seed) => {
          const own = pool(shape, seed);
          const exposure = (posture: Posture): readonly number[] =>
            chosen(own, { posture, window: window(shape.days) }).choices.map(({ form }) => form.exposure);
          const [strict, balanced, available] = (["strict", "balanced", "available"] as const).map(exposure);
          for (const [i, least] of strict!.entries()) {
            expect(balanced![i]).toBeGreaterThanOrEqual(least - 1e-9);
            expect(available![i]).toBeGreaterThanOrEqual(balanced![i]! - 1e-9);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("one more day of the same traffic leaves rules where they were", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 20 }), fc.integer({ min: 1, max: 6 }), fc.nat(1000), (days, size, seed) => {
        const services = (until: number): readonly Edge[] =>
          Array.from({ length: size }, (_, i) => {
            const activity = Array.from({ length: until * 24 }, (_hour, hour) => ({
              hour,
              flows: 1 + ((seed + i) % 3),
            }));
            const name = i % 2 === 0 ? ` s${i}.example.com` : "";
            return edgeForTest(`shop/Deployment/cart tcp 203.0.${(i * 50) % 256}.${(seed + i * 7) % 256}:443${name}`, {
              activity,
            });
          });
        const told = (until: number): readonly string[] =>
          chosen(services(until), { window: window(until) }).needs.map(say);
        expect(told(days + 1)).toEqual(told(days));
      }),
      { numRuns: 40 },
    );
  });
});

test("a form that is in force is kept while another is only a little better", () => {
  const activity = Array.from({ length: 20 * 24 }, (_, hour) => ({ hour, flows: 1 }));
  const edges = ["192.0.2.1", "192.0.2.2"].map((at) => edgeForTest(`shop/Deployment/cart tcp ${at}:443`, { activity }));
  const block = { family: 4 as const, first: 0xc0000200n, prefixLength: 30 };
  const kept = [{ to: { kind: "cidr" as const, cidr: block }, l4: [{ first: 443, last: 443 }] }];
  const told = (fields: Partial<NeedsInput>): readonly string[] =>
    chosen(edges, { window: window(20), ...fields }).needs.map(say);
  expect(told({})).toEqual(["192.0.2.1/32 tcp/443", "192.0.2.2/32 tcp/443"]);
  expect(told({ kept })).toEqual(["192.0.2.0/30 tcp/443"]);
  expect(told({ kept: [{ ...kept[0]!, to: { kind: "cidr", cidr: { ...block, prefixLength: 14 } } }] })).toEqual(
    told({}),
  );
});
