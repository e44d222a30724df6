import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryIp } from "../../../../test/arbitraries/address.ts";
import { formatIp } from "../../../core/net/ip.ts";
import { type Bytes, type Field, ipfix, netflow5, netflow9, set, template, uint } from "./datagram.test-support.ts";
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

  test("a datagram that came twice counts once", () => {
    const bytes = netflow5({ atMs: nowMs, sequence: 10 }, [flow, flow]);
    const watched = new WatchedDecoder(nowMs).take(bytes).take(bytes);
    expect([watched.flows.length, watched.decoder.duplicates, watched.lost]).toEqual([2, 1, 0]);
  });
});
