import { describe, expect, test } from "vitest";
import { formatIp } from "../../core/net/ip.ts";
import { endpoint, Observation, observed, text, toldBy } from "../sources/observation.ts";
import { AddressClassifier } from "./address-classes.ts";
import { FlowCollector } from "./collector.ts";
import { defaultFlowLimits, type FlowLimits } from "./flow-limits.ts";
import { gatherHarvest } from "./gather.ts";
import { usualNetworks } from "./harvest.test-support.ts";
import type { Harvest } from "./harvest.ts";

/** An observation whose texts are given as strings. */
class Told {
  readonly observation = new Observation();
  private readonly bytes = new Uint8Array(2000);
  private used = 0;

  constructor(what: number, atMs: number) {
    this.observation.clear(this.bytes, new DataView(this.bytes.buffer));
    this.observation.what = what;
    this.observation.startMs = this.observation.endMs = atMs;
    this.observation.sourceIs = endpoint.pod;
    for (const [index, word] of [
      [text.namespace, "shop"],
      [text.ownerName, "cart"],
    ] as const)
      this.observation.setText(index, ...this.write(word));
  }

  private write(word: string): [number, number] {
    const from = this.used;
    this.bytes.set(Buffer.from(word), from);
    this.used += word.length;
    return [from, this.used];
  }

  name(word: string): this {
    const { observation: o } = this;
    [o.nameFrom[o.nameCount], o.nameTo[o.nameCount]] = this.write(word);
    o.nameCount += 1;
    return this;
  }

  chain(...aliases: readonly string[]): this {
    const { observation: o } = this;
    for (const alias of aliases) {
      [o.chainFrom[o.chainCount], o.chainTo[o.chainCount]] = this.write(alias);
      o.chainCount += 1;
    }
    return this;
  }

  answers(ttl: number, ...lastBytes: readonly number[]): Observation {
    const { observation: o } = this;
    o.ttlSeconds = ttl;
    for (const [i, last] of lastBytes.entries()) {
      o.answerFamily[i] = 4;
      o.answers[4 * i] = 0xc6336400 + last;
    }
    o.answerCount = lastBytes.length;
    return o;
  }

  to(lastByte: number, origin: number): Observation {
    const { observation: o } = this;
    o.destinationFamily = 4;
    o.destination[0] = 0xc6336400 + lastByte;
    o.protocol = 6;
    o.sourcePort = 40_000;
    o.destinationPort = 443;
    o.nameOrigin = origin;
    return o;
  }
}

function gather(readers: readonly (readonly Observation[])[], limits: FlowLimits = defaultFlowLimits): Harvest {
  const snapshots = readers.map((taken) => {
    const collector = new FlowCollector(
      new AddressClassifier(usualNetworks.pods, usualNetworks.services),
      limits,
      false,
    );
    for (const o of taken) collector.take(o);
    return collector.snapshot();
  });
  return gatherHarvest(snapshots, { facts: undefined, given: usualNetworks }, limits, [], { count: 0, samples: [] });
}

function evidenceOf({ nameEvidence }: Harvest): readonly string[] {
  return nameEvidence.map(
    ({ name, address, from, chain, ttlSeconds, count, lastSeenMs }) =>
      `${name} = ${formatIp(address)} by ${from} via [${chain.join(" ")}] ttl ${ttlSeconds} ×${count} last ${lastSeenMs}`,
  );
}

const answer = (atMs: number): Told => new Told(observed.dnsAnswer, atMs);

describe("evidence of names", () => {
  test("an answer is kept with its chain and its smallest TTL, an SNI beside it", () => {
    const harvest = gather([
      [
        answer(10).name("pay.example.com").chain("pay.cdn.example", "Edge7.cdn.example.").answers(30, 7, 8),
        new Told(observed.flow, 20).name("pay.example.com").to(7, toldBy.tlsSni),
      ],
    ]);
    expect(evidenceOf(harvest)).toEqual([
      "pay.example.com = 198.51.100.7 by dns-answer via [pay.cdn.example edge7.cdn.example] ttl 30 ×1 last 10",
      "pay.example.com = 198.51.100.7 by tls-sni via [] ttl undefined ×1 last 20",
      "pay.example.com = 198.51.100.8 by dns-answer via [pay.cdn.example edge7.cdn.example] ttl 30 ×1 last 10",
    ]);
    expect(harvest.edges.map(({ names }) => names)).toEqual([["pay.example.com"]]);
  });

  test("a name that comes after its flow reaches the edge and is no flow", () => {
    const harvest = gather([
      [
        new Told(observed.flow, 20).to(7, toldBy.flow),
        new Told(observed.names, 25).name("late.example.com").to(7, toldBy.tlsSni),
      ],
    ]);
    expect(harvest.edges.map(({ names, flows }) => ({ names, flows }))).toEqual([
      { names: ["late.example.com"], flows: 1 },
    ]);
    expect(evidenceOf(harvest)).toEqual(["late.example.com = 198.51.100.7 by tls-sni via [] ttl undefined ×1 last 25"]);
  });

  test.each([
    ["one reader", [[0, 1, 2]]],
    ["two readers", [[0, 2], [1]]],
    ["the other way round", [[1], [2, 0]]],
  ])("the last answer's chain and the smallest TTL hold: %s", (_, deal) => {
    const answers = [
      answer(10).name("a.example.com").chain("x.example").answers(5, 7),
      answer(30).name("a.example.com").chain("z.example").answers(60, 7),
      answer(30).name("a.example.com").chain("y.example").answers(90, 7),
    ];
    expect(evidenceOf(gather(deal.map((own) => own.map((i) => answers[i]!))))).toEqual([
      "a.example.com = 198.51.100.7 by dns-answer via [y.example] ttl 5 ×3 last 30",
    ]);
  });

  test("a chain longer than a symbol loses whole aliases only", () => {
    const long = Array.from(
      { length: 9 },
      (_, i) => `${i}.${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(50)}.example`,
    );
    const [evidence] = gather([
      [
        answer(1)
          .name("a.example.com")
          .chain(...long)
          .answers(1, 7),
      ],
    ]).nameEvidence;
    expect(evidence!.chain).toEqual(long.slice(0, evidence!.chain.length));
    expect(evidence!.chain.length).toBeGreaterThan(5);
  });

  const label = "a".repeat(63);
  const longest = `${label}.${label}.${label}.${"a".repeat(61)}`;
  test.each([
    ["_dmarc.example.com", "_dmarc.example.com"],
    ["Pay.Example.COM.", "pay.example.com"],
    ["1.example", "1.example"],
    ["cart", "cart"],
    [`${label}.example`, `${label}.example`],
    [longest, longest],
    [`${longest}.`, longest],
    [`${longest}a`, "nothing"],
    [`${longest}a.`, "nothing"],
    [`${longest}.a`, "nothing"],
    [`${label}a.example`, "nothing"],
    ["192.0.2.1", "nothing"],
    ["example.7", "nothing"],
    ["-a.example", "nothing"],
    ["a..example", "nothing"],
    [".", "nothing"],
    ["a?b.example", "nothing"],
    ["*.example", "nothing"],
    ["<b>.example", "nothing"],
    ["a.example\n", "nothing"],
  ])("of %s is kept: %s", (said, kept) => {
    const { nameEvidence, edges } = gather([
      [
        answer(1).name("a.example").chain(said, "z.example").answers(1, 9),
        answer(1).name(said).answers(1, 7),
        new Told(observed.flow, 20).to(7, toldBy.flow),
      ],
    ]);
    const own = nameEvidence.filter(({ address }) => formatIp(address).endsWith(".7"));
    expect(own.map(({ name }) => name).join() || "nothing").toBe(kept);
    expect(edges.map(({ names }) => names.join() || "nothing")).toEqual([kept]);
    const chain = nameEvidence.find(({ address }) => formatIp(address).endsWith(".9"))!.chain;
    expect(chain).toEqual(kept === "nothing" ? ["z.example"] : [kept, "z.example"]);
  });

  test("has the times between which it was given, and none where it has none", () => {
    const { nameEvidence } = gather([
      [
        ...[30, 10, 20].map((atMs) => answer(atMs).name("a.example").answers(1, 1)),
        answer(-1).name("b.example").answers(1, 1),
        answer(0).name("c.example").answers(0, 1),
      ],
    ]);
    const times = nameEvidence.map(({ firstSeenMs, lastSeenMs, ttlSeconds }) => [firstSeenMs, lastSeenMs, ttlSeconds]);
    expect(times).toEqual([
      [10, 30, 1],
      [undefined, undefined, 1],
      [0, 0, 0],
    ]);
  });

  test("an edge has so many names at most, the evidence all of them", () => {
    const names = Array.from({ length: 40 }, (_, i) => `n${10 + i}.example`);
    const harvest = gather([
      [
        new Told(observed.flow, 20).to(7, toldBy.flow),
        ...names.map((name) => answer(1).name(name).answers(1, 7)).toReversed(),
      ],
    ]);
    expect(harvest.edges[0]!.names).toEqual(names.slice(0, 32));
    expect(harvest.nameEvidence).toHaveLength(40);
  });

  test("of a name that is known already, more finds room", () => {
    const limits = { ...defaultFlowLimits, names: 2 };
    const once = [answer(1).name("a.example").answers(1, 1), answer(2).name("b.example").answers(1, 1)];
    const harvest = gather([once, once], limits);
    expect([harvest.nameEvidence.map(({ count }) => count), harvest.overflow.names]).toEqual([[2, 2], 0]);
  });

  test("names beyond the limit are counted", () => {
    const harvest = gather([[answer(1).name("a.example.com").answers(1, 1, 2, 3)]], { ...defaultFlowLimits, names: 2 });
    expect([harvest.nameEvidence.length, harvest.overflow.names]).toEqual([2, 1]);
  });
});
