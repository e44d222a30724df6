import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ethernet,
  ipfix,
  ipfixOptions,
  netflow5,
  netflow9,
  rawHeader,
  set,
  sflow,
  tcp,
  template,
  uint,
} from "./datagram.test-support.ts";
import { defaultFlowExportLimits, streamLimits } from "./flow-export-limits.ts";
import { WatchedDecoder } from "./observed.test-support.ts";
import { fields4, fields6, nowMs, record, usual } from "./usual-flow.test-support.ts";

const folder = join(import.meta.dirname, "../../../../../shared/data/netflow-ipfix");
const recorded = existsSync(folder)
  ? readdirSync(folder).map((file) => new Uint8Array(readFileSync(join(folder, file))))
  : [];
const flow = { ...usual, firstUptimeMs: 0, lastUptimeMs: 0 };
const packet = ethernet({
  source: "fd01::7",
  destination: "2001:db8::4",
  protocol: 6,
  transport: tcp(9, 443, 2),
  extensions: [[0, 16]],
});
const made = [
  netflow5({ atMs: nowMs }, [flow, flow]),
  netflow9({ atMs: nowMs }, set(0, template(256, fields4)), set(256, record(usual))),
  ipfix(
    { atMs: nowMs },
    set(2, template(256, [...fields4, [82, 65_535]]), template(257, fields6)),
    set(3, ipfixOptions(300, [[149, 4]], [[34, 4]])),
    set(256, record(usual), [3, 1, 2, 3]),
    set(300, uint(0, 4), uint(9, 4)),
  ),
  sflow({}, [
    { rate: 4, records: [rawHeader(packet), [1001, uint(0, 16)]] },
    { rate: 4, isExpanded: true, records: [rawHeader(packet)] },
  ]),
];

/** Real and made-up datagrams with some bytes changed, cut or grown. */
const mutated = fc
  .record({
    base: fc.constantFrom(...made, ...recorded),
    changes: fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 2, 3, 255), fc.nat(255))), { maxLength: 12 }),
    cut: fc.option(fc.nat()),
    tail: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ base, changes, cut, tail }) => {
    const bytes = new Uint8Array(base.length + tail.length);
    bytes.set(base);
    bytes.set(tail, base.length);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
  });
const random = fc.uint8Array({ maxLength: 300 }).chain((bytes) =>
  fc.constantFrom<readonly number[]>([], [0, 5], [0, 9], [0, 10], [0, 0, 0, 5]).map((head) => {
    const whole = new Uint8Array(head.length + bytes.length);
    whole.set(head);
    whole.set(bytes, head.length);
    return whole;
  }),
);

test("whatever comes, it is decoded or counted, and never more comes out than the bytes can hold", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(mutated, random), { maxLength: 30 }), fc.boolean(), (datagrams, isStream) => {
      const watched = new WatchedDecoder(nowMs, { limits: isStream ? streamLimits : defaultFlowExportLimits });
      let bytes = 0;
      for (const one of datagrams) {
        bytes += one.length;
        watched.take(one);
      }
      watched.decoder.finish();
      // A record has a byte at least, and a biflow is two flows.
      expect(watched.flows.length).toBeLessThanOrEqual(2 * bytes);
      expect(watched.errors.length).toBeLessThanOrEqual(bytes + datagrams.length);
      expect(watched.decoder.waitingSets).toBe(0);
      for (const one of watched.flows) {
        expect(one.sampling).toBeGreaterThanOrEqual(1);
        expect(one.startMs).toBeLessThanOrEqual(one.endMs);
        expect(Math.abs(nowMs - one.endMs)).toBeLessThanOrEqual(86_400_000);
        expect(Math.max(one.sourcePort, one.destinationPort)).toBeLessThanOrEqual(65_535);
      }
    }),
    { numRuns: 2000 },
  );
});

test("bytes around a datagram are not read: the same comes out of it inside any others", () => {
  fc.assert(
    fc.property(
      mutated,
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 40 }),
      (bytes, before, behind) => {
        const inside = new Uint8Array([...before, ...bytes, ...behind]).subarray(
          before.length,
          before.length + bytes.length,
        );
        const alone = new WatchedDecoder(nowMs).take(bytes);
        const among = new WatchedDecoder(nowMs).take(inside);
        expect([among.flows, among.errors]).toEqual([alone.flows, alone.errors]);
      },
    ),
  );
});

describe("limits", () => {
  const watchedWith = (limits: Partial<typeof defaultFlowExportLimits>): WatchedDecoder =>
    new WatchedDecoder(nowMs, { limits: { ...defaultFlowExportLimits, ...limits } });
  const told = set(2, template(256, fields4));
  const data = set(256, record(usual));

  test("a new stream takes the place of the one silent for longest", () => {
    const watched = watchedWith({ sessions: 2 });
    for (const [i, domain] of [1, 2, 3].entries()) {
      watched.take(ipfix({ atMs: nowMs, domain }, told), { atMs: nowMs + i });
    }
    watched.take(ipfix({ atMs: nowMs, domain: 3 }, data), { atMs: nowMs + 4 });
    watched.take(ipfix({ atMs: nowMs, domain: 2 }, data), { atMs: nowMs + 5 });
    expect(watched.flows).toHaveLength(2);
    watched.take(ipfix({ atMs: nowMs, domain: 1 }, data), { atMs: nowMs + 6 });
    expect([watched.flows.length, watched.decoder.waitingSets]).toEqual([2, 1]);
  });

  test("an exporter cannot push out others by making up domains", () => {
    const watched = watchedWith({ sessions: 100, sessionsPerExporter: 4 });
    watched.take(ipfix({ atMs: nowMs }, told), { address: "192.0.2.1" });
    for (let domain = 0; domain < 1000; domain += 1) {
      watched.take(ipfix({ atMs: nowMs, domain }, told), { atMs: nowMs + 1 + domain });
    }
    watched.take(ipfix({ atMs: nowMs }, data), { address: "192.0.2.1" });
    expect(watched.flows).toHaveLength(1);
  });

  test("withdrawing all templates of one kind, thousands of times, looks at no others", () => {
    const watched = watchedWith({});
    const options = Array.from({ length: 1000 }, (_, i) => ipfixOptions(300 + i, [[149, 4]], [[34, 4]]));
    watched.take(ipfix({ atMs: nowMs }, set(3, ...options.slice(500))));
    watched.take(ipfix({ atMs: nowMs }, set(3, ...options.slice(0, 500)), told));
    const withdrawals = set(2, ...Array.from({ length: 16_000 }, () => template(2, [])));
    const message = ipfix({ atMs: nowMs }, withdrawals);
    // Looking at every template each time would take seconds.
    for (let sequence = 0; sequence < 40; sequence += 1) {
      new DataView(message.buffer).setUint32(8, sequence);
      watched.take(message);
    }
    watched.take(ipfix({ atMs: nowMs, sequence: 40 }, data, set(300, uint(0, 4), uint(9, 4))));
    expect([watched.flows.length, watched.decoder.waitingSets, watched.errors]).toEqual([0, 1, []]);
  });

  test("more templates, or fields in one, are refused and counted", () => {
    const watched = watchedWith({ templatesPerSession: 2, fieldsPerTemplate: 20 });
    const three = [256, 257, 258].flatMap((id) => template(id, fields4));
    const wide = template(
      259,
      Array.from({ length: 21 }, () => [1, 4] as const),
    );
    watched.take(ipfix({ atMs: nowMs }, set(2, three), set(2, wide)));
    expect(watched.errors).toEqual(["too_many_templates", "too_many_templates"]);
  });

  test("the fields of all templates are bounded: exporters silent for longest lose theirs", () => {
    const watched = watchedWith({ fields: 330 });
    for (const [i, domain] of [1, 2, 3].entries()) {
      // The same fields under other names for what is not looked at are templates of their own.
      const own = set(2, template(256, [...fields4, [1000 + domain, 0]]));
      watched.take(ipfix({ atMs: nowMs, domain }, own), { atMs: nowMs + i });
    }
    for (const domain of [3, 2, 1]) watched.take(ipfix({ atMs: nowMs, domain }, data), { atMs: nowMs + 3 });
    expect([watched.flows.length, watched.decoder.waitingSets]).toEqual([2, 1]);
  });

  test("templates that many exporters announce alike are kept once", () => {
    const watched = watchedWith({ fields: 400 });
    for (let domain = 0; domain < 20; domain += 1) {
      for (const again of [0, 1]) watched.take(ipfix({ atMs: nowMs, domain, sequence: again }, told));
    }
    for (let domain = 0; domain < 20; domain += 1) watched.take(ipfix({ atMs: nowMs, domain }, data));
    expect([watched.flows.length, watched.decoder.waitingSets]).toEqual([20, 0]);
  });

  test("templates that are used no more make room for new ones", () => {
    const watched = watchedWith({ templatesPerSession: 2, templateLifetimeMs: 1000 });
    watched.take(ipfix({ atMs: nowMs }, set(2, template(301, fields4), template(302, fields4))));
    watched.take(ipfix({ atMs: nowMs }, told), { atMs: nowMs + 1000 });
    watched.take(ipfix({ atMs: nowMs }, told, data), { atMs: nowMs + 1001 });
    expect([watched.errors, watched.flows.length]).toEqual([["too_many_templates"], 1]);
  });

  test("what waits is bounded, the newest stays, and what is given up is counted", () => {
    const watched = watchedWith({ waitingBytesPerSession: 500, waitingBytes: 900 });
    for (let i = 0; i < 10; i += 1)
      watched.take(ipfix({ atMs: nowMs, domain: 1 }, set(256, record({ ...usual, bytes: i }))));
    watched.take(ipfix({ atMs: nowMs, domain: 1 }, told));
    expect(watched.flows.map(({ bytes }) => bytes)).toEqual([8, 9].slice(-watched.flows.length));
    expect(watched.errors).toHaveLength(10 - watched.flows.length);
    expect(watched.flows.length).toBeGreaterThan(0);
  });
});
