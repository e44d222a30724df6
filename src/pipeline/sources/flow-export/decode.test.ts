import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryIp } from "../../../../test/arbitraries/address.ts";
import { formatIp } from "../../../core/net/ip.ts";
import { endpoint, type Observation, opener } from "../observation.ts";
import { type Bytes, type Field, ipfix, netflow5, netflow9, set, template, uint } from "./datagram.test-support.ts";
import { FlowExportDecoder } from "./decode.ts";
import { WatchedDecoder } from "./observed.test-support.ts";
import {
  ends,
  endsBytes,
  endsWords,
  fields4,
  fields6,
  type Flow,
  nowMs,
  record,
  usual,
  usualLine,
} from "./usual-flow.test-support.ts";

const arbitraryFlow: fc.Arbitrary<Flow> = fc
  .constantFrom(4 as const, 6 as const)
  .chain((family) =>
    fc.record({
      source: arbitraryIp(family).map(formatIp),
      destination: arbitraryIp(family).map(formatIp),
      protocol: fc.constantFrom(6, 17, 132),
      sourcePort: fc.nat(65_535),
      destinationPort: fc.nat(65_535),
      flags: fc.constant(0x1a),
      bytes: fc.nat(Number.MAX_SAFE_INTEGER),
      packets: fc.nat(2 ** 32 - 1),
      startMs: fc.integer({ min: nowMs - 60_000, max: nowMs - 30_000 }),
      endMs: fc.integer({ min: nowMs - 30_000, max: nowMs }),
    }),
  )
  .filter(({ source, destination }) => source.includes(":") === destination.includes(":"));

describe("what is written is read", () => {
  const seen = (watched: WatchedDecoder): readonly unknown[] =>
    watched.flows.map(({ source, destination, protocol, sourcePort, destinationPort, bytes, startMs, endMs }) => [
      [source, destination, protocol, sourcePort, destinationPort],
      [bytes, startMs, endMs],
    ]);
  const meant = (flows: readonly Flow[]): readonly unknown[] =>
    flows.map(({ source, destination, protocol, sourcePort, destinationPort, bytes, startMs, endMs }) => [
      [source, destination, protocol, sourcePort, destinationPort],
      [bytes, startMs, endMs],
    ]);
  const templates: Bytes = [...template(256, fields4), ...template(257, fields6)];
  const idOf = ({ source }: Flow): number => (source.includes(":") ? 257 : 256);

  test.each([
    ["IPFIX", ipfix, 2],
    ["NetFlow v9", netflow9, 0],
  ] as const)(
    "by %s, in any mix of families, messages and sets, templates first or last",
    (_, message, templateSet) => {
      fc.assert(
        fc.property(fc.array(arbitraryFlow, { maxLength: 20 }), fc.boolean(), fc.nat(3), (flows, isFirst, padding) => {
          const zeros = Array.from({ length: padding }, () => 0);
          const data = flows.map((flow) => set(idOf(flow), record(flow), zeros));
          const told = set(templateSet, templates);
          const watched = new WatchedDecoder(nowMs).take(
            message({ atMs: nowMs }, ...(isFirst ? [told, ...data] : [...data, told])),
          );
          // Templates release what waits for them one after the other.
          const order = isFirst ? flows : flows.toSorted((a, b) => idOf(a) - idOf(b));
          expect(seen(watched)).toEqual(meant(order));
          expect([watched.errors, watched.lost]).toEqual([[], 0]);
        }),
      );
    },
  );

  test("by NetFlow v5", () => {
    const uptimeMs = 5_000_000;
    const v4 = arbitraryFlow.filter(({ source }) => !source.includes(":"));
    fc.assert(
      fc.property(fc.array(v4, { minLength: 1, maxLength: 30 }), (flows) => {
        const records = flows.map((flow) => ({
          ...flow,
          bytes: flow.bytes % 2 ** 32,
          firstUptimeMs: uptimeMs - (nowMs - flow.startMs),
          lastUptimeMs: uptimeMs - (nowMs - flow.endMs),
        }));
        const watched = new WatchedDecoder(nowMs).take(netflow5({ atMs: nowMs, uptimeMs }, records));
        expect(seen(watched)).toEqual(meant(flows.map((flow, i) => ({ ...flow, bytes: records[i]!.bytes }))));
      }),
    );
  });
});

describe("templates", () => {
  const told4 = set(2, template(256, fields4));
  const data = set(256, record(usual));

  test("belong to one exporter, one port and one domain", () => {
    const watched = new WatchedDecoder(nowMs).take(ipfix({ atMs: nowMs, domain: 1 }, told4), { port: 1 });
    watched.take(ipfix({ atMs: nowMs, domain: 1 }, data), { port: 2 });
    watched.take(ipfix({ atMs: nowMs, domain: 2 }, data), { port: 1 });
    watched.take(ipfix({ atMs: nowMs, domain: 1 }, data), { port: 1, address: "192.0.2.201" });
    watched.take(netflow9({ atMs: nowMs, domain: 1 }, data), { port: 1 });
    expect([watched.flows.length, watched.decoder.waitingSets]).toEqual([0, 4]);
    watched.take(ipfix({ atMs: nowMs, domain: 1 }, data), { port: 1 });
    expect(watched.lines).toEqual([usualLine]);
  });

  test("of NetFlow v9 do not depend on the port", () => {
    const watched = new WatchedDecoder(nowMs)
      .take(netflow9({ atMs: nowMs }, set(0, template(256, fields4))), { port: 1 })
      .take(netflow9({ atMs: nowMs, sequence: 1 }, data), { port: 2 });
    expect(watched.lines).toEqual([usualLine]);
  });

  test("may be changed, and withdrawn one by one or all", () => {
    const watched = new WatchedDecoder(nowMs).take(ipfix({ atMs: nowMs }, told4, data));
    watched.take(ipfix({ atMs: nowMs, sequence: 1 }, set(2, template(256, ends)), set(256, endsBytes)));
    expect(watched.lines).toEqual([usualLine, `${endsWords} p-1 -1B`]);
    let sequence = 2;
    for (const withdrawal of [template(256, []), template(2, [])]) {
      watched.take(ipfix({ atMs: nowMs, sequence }, set(2, withdrawal), set(256, endsBytes)));
      expect(watched.decoder.waitingSets).toBe(1);
      sequence += 1;
      watched.take(ipfix({ atMs: nowMs, sequence }, set(2, template(256, ends))));
    }
    watched.take(ipfix({ atMs: nowMs, sequence }, set(3, template(3, [])), set(256, endsBytes)));
    expect([watched.decoder.waitingSets, watched.flows.length]).toEqual([0, 5]);
  });

  test("are forgotten when they are not repeated, and what waited too long is given up", () => {
    const lifetimeMs = 90 * 60_000;
    const watched = new WatchedDecoder(nowMs).take(ipfix({ atMs: nowMs }, told4));
    const late = nowMs + lifetimeMs + 1;
    watched.take(ipfix({ atMs: late }, data), { atMs: late });
    expect([watched.flows.length, watched.decoder.waitingSets]).toEqual([0, 1]);
    const later = late + lifetimeMs + 1;
    watched.take(ipfix({ atMs: later }, data), { atMs: later });
    expect([watched.errors, watched.decoder.waitingSets]).toEqual([["no_template"], 1]);
  });

  test("records keep the time at which they came while they wait", () => {
    const fields: readonly Field[] = [...ends, [158, 4], [159, 4]];
    const watched = new WatchedDecoder(nowMs);
    watched.take(ipfix({ atMs: nowMs }, set(300, endsBytes, uint(2_000_000, 4), uint(1_000_000, 4))));
    const later = nowMs + 600_000;
    watched.take(ipfix({ atMs: later }, set(2, template(300, fields))), { atMs: later });
    expect(watched.flows.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([[nowMs - 2000, nowMs - 1000]]);
  });

  test("of a former life of the exporter are not used", () => {
    const watched = new WatchedDecoder(nowMs)
      .take(netflow9({ atMs: nowMs, uptimeMs: 9_000_000, sequence: 70 }, set(0, template(256, fields4)), data))
      .take(netflow9({ atMs: nowMs, uptimeMs: 1000, sequence: 0 }, set(256, endsBytes)));
    expect([watched.flows.length, watched.decoder.waitingSets, watched.decoder.restarts]).toEqual([1, 1, 1]);
    watched.take(netflow9({ atMs: nowMs, uptimeMs: 2000, sequence: 1 }, set(0, template(256, ends))));
    expect([watched.lines.at(-1), watched.lost]).toEqual([`${endsWords} p-1 -1B`, 0]);
  });
});

test("NetFlow v9 exporters behind one translated address do not take each other's templates", () => {
  const watched = new WatchedDecoder(nowMs);
  const told = set(0, template(256, fields4));
  const say = (first: number, uptimeMs: number, port: number): void => {
    for (let i = 0; i < 3; i += 1) {
      const atMs = nowMs + 1000 * (first + i);
      const exported = { atMs, uptimeMs: uptimeMs + 1000 * (first + i), sequence: 1_000_000 * port + first + i };
      watched.take(netflow9(exported, ...(i === 0 ? [told] : []), set(256, record(usual))), { atMs, port });
    }
  };
  for (let round = 0; round < 10; round += 1) {
    say(6 * round, 9_000_000, 1);
    say(6 * round + 3, 50_000, 2);
  }
  const { restarts, waitingSets } = watched.decoder;
  expect([watched.flows.length, restarts, waitingSets, watched.lost]).toEqual([60, 1, 0, 0]);
});

describe("sequence numbers", () => {
  const flow = { ...usual, firstUptimeMs: 0, lastUptimeMs: 0 };

  test("count flows in NetFlow v5, packets in NetFlow v9 and records in IPFIX", () => {
    const v5 = new WatchedDecoder(nowMs)
      .take(netflow5({ atMs: nowMs, sequence: 10 }, [flow, flow]))
      .take(netflow5({ atMs: nowMs, sequence: 17 }, [flow]));
    const two = [set(256, record(usual), record(usual))];
    const v9 = new WatchedDecoder(nowMs)
      .take(netflow9({ atMs: nowMs, sequence: 3 }, set(0, template(256, fields4)), ...two))
      .take(netflow9({ atMs: nowMs, sequence: 7 }, ...two));
    const v10 = new WatchedDecoder(nowMs)
      .take(ipfix({ atMs: nowMs, sequence: 3 }, set(2, template(256, fields4)), ...two))
      .take(ipfix({ atMs: nowMs, sequence: 9 }, ...two));
    for (const { decoder } of [v5, v9, v10]) decoder.finish();
    // Three packets of two records each are missing of NetFlow v9.
    expect([v5.lost, v9.lost, v10.lost]).toEqual([5, 6, 4]);
  });

  test.each([
    ["NetFlow v5", netflow5({ atMs: nowMs, sequence: 10 }, [flow])],
    ["NetFlow v9", netflow9({ atMs: nowMs }, set(0, template(256, fields4)), set(256, record(usual)))],
    ["IPFIX", ipfix({ atMs: nowMs }, set(2, template(256, fields4)), set(256, record(usual)))],
  ])("a datagram of %s that came three times counts once", (_, bytes) => {
    const watched = new WatchedDecoder(nowMs).take(bytes).take(bytes).take(bytes);
    expect([watched.flows.length, watched.decoder.duplicates, watched.lost]).toEqual([1, 2, 0]);
  });

  test("what is missing is lost as soon as it cannot come any more", () => {
    const watched = new WatchedDecoder(nowMs).take(netflow5({ atMs: nowMs, sequence: 10 }, [flow]));
    const next = (sequence: number): void => void watched.take(netflow5({ atMs: nowMs, sequence }, [flow]));
    for (let sequence = 16; sequence <= 80; sequence += 1) next(sequence);
    expect(watched.lost).toBe(0);
    next(81);
    expect(watched.lost).toBe(5);
  });

  test.each([
    ["NetFlow v5", (sequence: number, uptimeMs: number) => netflow5({ atMs: nowMs, sequence, uptimeMs }, [flow])],
    ["NetFlow v9", (sequence: number, uptimeMs: number) => netflow9({ atMs: nowMs, sequence, uptimeMs })],
  ])("an exporter of %s that starts over has lost nothing", (_, message) => {
    const watched = new WatchedDecoder(nowMs);
    const said = (...messages: readonly (readonly [sequence: number, uptimeMs: number])[]): readonly number[] => {
      for (const [sequence, uptimeMs] of messages) watched.take(message(sequence, uptimeMs));
      return [watched.decoder.restarts, watched.lost];
    };
    expect(said([70, 9_000_000], [71, 9_001_000])).toEqual([0, 0]);
    // A clock that went back is no restart while the numbers go on; nor is a datagram that was overtaken.
    expect(said([72, 1000], [73, 9_003_000], [75, 9_060_000], [74, 9_003_000])).toEqual([0, 0]);
    expect(said([0, 1000], [1, 2000])).toEqual([1, 0]);
    expect(said([2, 70_000], [0, 1000])).toEqual([2, 0]);
    watched.decoder.finish();
    expect(watched.lost).toBe(0);
  });

  test("an uptime of 49 days that begins again is no restart", () => {
    const watched = new WatchedDecoder(nowMs);
    for (const [i, uptimeMs] of [2 ** 32 - 20_000, 2 ** 32 - 1, 9000, 99_000].entries()) {
      // Not in turn, so that only the uptime can say that it is the same life.
      watched.take(
        netflow9(
          { atMs: nowMs, sequence: 100 - 2 * i, uptimeMs },
          ...(i === 0 ? [set(0, template(256, fields4))] : []),
          set(256, record(usual)),
        ),
      );
    }
    expect([watched.flows.length, watched.decoder.restarts]).toEqual([4, 0]);
    watched.take(netflow9({ atMs: nowMs, sequence: 0, uptimeMs: 1000 }));
    expect(watched.decoder.restarts).toBe(1);
  });

  test("an IPFIX exporter that starts over shows by its numbers", () => {
    const message = (sequence: number): Uint8Array =>
      ipfix({ atMs: nowMs, sequence }, set(2, template(256, fields4)), set(256, record(usual)));
    const watched = new WatchedDecoder(nowMs).take(message(9_000_000)).take(message(0)).take(message(1));
    watched.decoder.finish();
    expect([watched.flows.length, watched.decoder.restarts, watched.lost]).toEqual([3, 1, 0]);
  });
});

test("sets that still wait at the end are given up", () => {
  const watched = new WatchedDecoder(nowMs).take(ipfix({ atMs: nowMs }, set(256, record(usual)), set(257, endsBytes)));
  watched.decoder.finish();
  expect([watched.errors, watched.decoder.waitingSets]).toEqual([["no_template", "no_template"], 0]);
});

const v5 = netflow5({ atMs: nowMs }, [{ ...usual, firstUptimeMs: 0, lastUptimeMs: 0 }]);
const v10 = ipfix({ atMs: nowMs });
const withLength = (length: number): Uint8Array => Uint8Array.of(0, 10, ...uint(length, 2), ...v10.subarray(4));

test.each<readonly [string, Uint8Array, readonly string[]]>([
  ["nothing at all", new Uint8Array(0), ["unknown_version"]],
  ["three bytes", Uint8Array.of(0, 5, 0), ["unknown_version"]],
  ["a version alone", Uint8Array.of(0, 9, 0, 0), ["bad_header"]],
  ["an unknown version", Uint8Array.of(0, 7, 0, 1, 0, 0, 0, 0), ["unknown_version"]],
  ["a header of NetFlow v5 that is cut off", v5.subarray(0, 23), ["bad_header"]],
  ["a header of NetFlow v5 that tells of no flow", netflow5({ atMs: nowMs, count: 0 }, []), ["bad_header"]],
  ["a header of NetFlow v5 without its flow", v5.subarray(0, 24), ["cut_off"]],
  ["a flow of NetFlow v5 that is cut off", v5.subarray(0, 71), ["cut_off"]],
  ["a header of NetFlow v9 that is cut off", netflow9({ atMs: nowMs }).subarray(0, 19), ["bad_header"]],
  ["a header of NetFlow v9 alone", netflow9({ atMs: nowMs }), []],
  ["a header of IPFIX that is cut off", v10.subarray(0, 15), ["bad_header"]],
  ["a header of IPFIX alone", v10, []],
  ["a message of IPFIX shorter than its header", withLength(15), ["bad_header"]],
  ["a message of IPFIX longer than its datagram", withLength(17), ["bad_header"]],
])("%s is told, and nothing of it believed", (_, datagram, errors) => {
  const watched = new WatchedDecoder(nowMs).take(datagram);
  expect([watched.errors, watched.flows]).toEqual([errors, []]);
});

test("what is made of one flow does not show in the next", () => {
  const seen: unknown[] = [];
  const key = { bytes: new Uint8Array(8), view: new DataView(new ArrayBuffer(8)), length: 4 };
  const take = (o: Observation): void => {
    seen.push([o.attributed, o.sourceIs, o.destinationIs, o.isCopy, o.opener, o.startMs]);
    o.attributed = key;
    o.sourceIs = endpoint.pod;
    o.destinationIs = endpoint.node;
    o.isCopy = true;
    o.opener = opener.destination;
    o.startMs = 0;
  };
  const decoder = new FlowExportDecoder(take, { malformed: () => {}, lost: () => {} });
  const two = [record({ ...usual, flags: 0 }), record({ ...usual, flags: 0 })];
  decoder.decode(ipfix({ atMs: nowMs }, set(2, template(256, fields4)), set(256, ...two)), "192.0.2.1", 1, nowMs);
  expect(seen).toEqual(
    [0, 1].map(() => [undefined, endpoint.unknown, endpoint.unknown, false, opener.unknown, usual.startMs]),
  );
});
