import fc from "fast-check";
import { expect, test } from "vitest";
import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import { Observation, text, textCount } from "../../pipeline/sources/observation.ts";
import { decodeBatch } from "./decode-batch.ts";
import { FixedClusterView } from "./fixed-cluster-view.ts";
import type { CoarseObservation, SourceHands } from "./live-source.ts";
import { MemoryOutbox, MemorySink, packForTest, scriptedSource } from "./observer.test-support.ts";
import { Observer } from "./observer.ts";

/** What one source brings, sealed; a collector's complaint of each batch. */
async function complaints(run: (hands: SourceHands) => void): Promise<string[]> {
  const outbox = new MemoryOutbox();
  const sink = new MemorySink();
  sink.deliverPacked = () => Promise.resolve({ kind: "stored" });
  const source = scriptedSource("a", (hands) => {
    run(hands);
    return Promise.resolve();
  });
  const observer = new Observer(
    {
      observer: "node-a",
      cluster: "east",
      everyMs: 20,
      sources: [source],
      networks: { pods: [], services: [] },
      clusterPatienceMs: 0,
      isOnce: true,
      graceMs: 200,
    },
    {
      view: new FixedClusterView("east", noClusterFacts),
      outbox,
      sink,
      pack: packForTest,
      anonymise: undefined,
      log: { say: () => {} },
      nowMs: () => Date.now(),
      random: () => 0,
    },
  );
  await observer.run(new AbortController().signal);
  return outbox.entries.flatMap(({ packed }) => {
    const batch = decodeBatch(new TextDecoder().decode(packed));
    return batch.ok ? [] : [batch.error.message];
  });
}

const number = fc.oneof(
  fc.constantFrom(-1, 0, 1, 0.5, 2 ** 31, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, -5, 1e15),
  fc.integer({ min: -1, max: 300 }),
);
const place = fc.nat({ max: 4000 });

const observation = fc
  .record({
    bytes: fc.uint8Array({ minLength: 4000, maxLength: 4000 }),
    texts: fc.array(fc.tuple(place, fc.constantFrom(0, 0, 3, 300)), { minLength: textCount, maxLength: textCount }),
    names: fc.array(fc.tuple(place, fc.constantFrom(0, 1, 20, 2000)), { maxLength: 4 }),
    what: fc.integer({ min: 0, max: 6 }),
    families: fc.tuple(fc.constantFrom(0, 4, 6), fc.constantFrom(0, 4, 6)),
    words: fc.array(fc.nat(0xffffffff), { minLength: 8, maxLength: 8 }),
    numbers: fc.array(number, { minLength: 3, maxLength: 3 }),
    isMore: fc.boolean(),
  })
  .map(({ bytes, texts, names, what, families, words, numbers, isMore }) => {
    const o = new Observation();
    const padded = new Uint8Array(7000);
    // Mostly letters: names that are believed are more dangerous than bytes that are not.
    padded.set(bytes.map((byte) => (byte < 200 ? 0x61 + (byte % 26) : byte)));
    o.clear(padded, new DataView(padded.buffer));
    for (const [i, [from, length]] of texts.entries()) o.setText(i, from, from + length);
    o.setText(text.namespace, 0, Math.max(1, o.textTo[text.namespace]! - o.textFrom[text.namespace]!));
    o.what = what;
    o.sourceIs = 1;
    [o.sourceFamily, o.destinationFamily] = families;
    o.source.set(words.slice(0, 4));
    o.destination.set(words.slice(4));
    o.nameCount = names.length;
    o.chainCount = names.length;
    for (const [i, [from, length]] of names.entries()) {
      o.nameFrom[i] = o.chainFrom[i] = from;
      o.nameTo[i] = o.chainTo[i] = from + length;
    }
    o.answerCount = families[1] === 0 ? 0 : 2;
    o.answerFamily.set([families[1], families[1]]);
    o.answers.set(words);
    o.opener = 1;
    o.protocol = words[0]! % 140;
    o.destinationPort = words[1]! % 65_536;
    [o.startMs, o.endMs, o.byteCount] = numbers as [number, number, number];
    o.ttlSeconds = words[5]! - 1;
    o.flows = words[2]! % 3 === 2 ? 1e17 : words[2]! % 3;
    o.lost = words[3]! % 2 === 0 ? 1e300 : 3;
    o.sampling = words[6]! % 2 === 0 ? 1e300 : 1;
    o.isMore = isMore;
    o.prefixLength = families[1] === 0 ? -1 : (words[4]! % 34) - 1;
    return o;
  });

const coarse: fc.Arbitrary<CoarseObservation> = fc.record({
  cluster: fc.string({ maxLength: 300, size: "max" }),
  namespace: fc.string({ maxLength: 300, size: "max" }),
  workload: fc.record({ kind: fc.string({ maxLength: 300, size: "max" }), name: fc.string() }),
  destination: fc.string({ maxLength: 1000, size: "max" }),
  protocol: fc.constantFrom(undefined, "tcp"),
  port: fc.constantFrom(undefined, 443),
  verdict: fc.constantFrom("seen", "denied"),
  atMs: number,
  flows: fc.option(number, { nil: undefined }),
  bytes: fc.option(number, { nil: undefined }),
});

test("whatever a source brings, a collector understands the batch", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(observation, { maxLength: 10 }),
      fc.array(coarse, { maxLength: 5 }),
      async (flows, rows) => {
        const complained = await complaints((hands) => {
          for (const flow of flows) hands.take(flow);
          for (const row of rows) hands.takeCoarse(row);
          hands.lost(1e300);
          hands.received(1e300);
          hands.state("running", "x".repeat(2000));
        });
        expect(complained).toEqual([]);
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
});
