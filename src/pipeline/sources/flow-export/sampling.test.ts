import { describe, expect, test } from "vitest";
import {
  type Bytes,
  type Field,
  ipfix,
  ipfixOptions,
  netflow5,
  netflow9,
  netflow9Options,
  set,
  template,
  uint,
} from "./datagram.test-support.ts";
import { WatchedDecoder } from "./observed.test-support.ts";
import { fields4, nowMs, record, usual } from "./usual-flow.test-support.ts";

describe("sampling", () => {
  const data = set(256, record(usual));
  const flowTemplate = set(2, template(256, fields4));

  test.each<readonly [string, readonly Field[], Bytes, number]>([
    ["34 samplingInterval", [[34, 4]], uint(100, 4), 100],
    ["50 samplerRandomInterval", [[50, 4]], uint(64, 4), 64],
    ["305 of 305 + 306", [[305, 4], [306, 4]], [...uint(1, 4), ...uint(399, 4)], 400], // prettier-ignore
    ["305 alone", [[305, 4]], uint(400, 4), 400],
    [
      "309 of 310",
      [
        [309, 4],
        [310, 4],
      ],
      [...uint(2, 4), ...uint(100, 4)],
      50,
    ],
    ["311 probability", [[311, 8]], [0x3f, 0x94, 0x7a, 0xe1, 0x47, 0xae, 0x14, 0x7b], 50],
    ["a rate nobody uses", [[34, 4]], uint(0xffff_ffff, 4), 1],
    ["none", [[34, 4]], uint(0, 4), 1],
  ])("is told by options with %s", (_, fields, bytes, sampling) => {
    const options = set(3, ipfixOptions(400, [[149, 4]], fields));
    const watched = new WatchedDecoder(nowMs).take(
      ipfix({ atMs: nowMs }, options, flowTemplate, set(400, uint(7, 4), bytes), data),
    );
    expect(watched.flows.map((flow) => [flow.bytes, flow.sampling])).toEqual([[1234, sampling]]);
  });

  test("is told per selector, and a record without one has the only one", () => {
    const options = set(3, ipfixOptions(400, [[302, 4]], [[34, 4]]));
    const bySelector = set(2, template(256, fields4), template(257, [...fields4, [302, 4]]));
    const watched = new WatchedDecoder(nowMs).take(
      ipfix({ atMs: nowMs }, options, bySelector, set(400, uint(1, 4), uint(10, 4)), data),
    );
    watched.take(
      ipfix(
        { atMs: nowMs, sequence: 2 },
        set(400, uint(2, 4), uint(20, 4)),
        set(257, record(usual), uint(2, 4)),
        set(257, record(usual), uint(1, 4)),
        set(257, record(usual), uint(3, 4)),
      ),
    );
    expect(watched.flows.map((flow) => flow.sampling)).toEqual([10, 20, 10, 1]);
  });

  test("is told by the options of NetFlow v9, whose scopes are no elements", () => {
    // Scope type 4 (a cache) is not the protocol.
    const options = set(
      1,
      netflow9Options(
        400,
        [[4, 4]],
        [
          [48, 1],
          [50, 4],
        ],
      ),
      [0, 0],
    );
    const watched = new WatchedDecoder(nowMs).take(
      netflow9({ atMs: nowMs }, options, set(0, template(256, fields4)), set(400, uint(6, 4), [1], uint(100, 4)), data),
    );
    expect(watched.flows.map((flow) => flow.sampling)).toEqual([100]);
  });

  test("of an exporter's former life is not used", () => {
    const flows = set(0, template(256, fields4));
    const options = set(1, netflow9Options(400, [], [[34, 4]]));
    const watched = new WatchedDecoder(nowMs)
      .take(netflow9({ atMs: nowMs, uptimeMs: 9_000_000, sequence: 70 }, options, set(400, uint(100, 4)), flows, data))
      .take(netflow9({ atMs: nowMs, uptimeMs: 1000, sequence: 0 }, flows, data));
    expect(watched.flows.map(({ sampling }) => sampling)).toEqual([100, 1]);
  });

  test("of NetFlow v5 is in its header, below the mode", () => {
    const flow = { ...usual, firstUptimeMs: 0, lastUptimeMs: 0 };
    const watched = new WatchedDecoder(nowMs)
      .take(netflow5({ atMs: nowMs, sampling: 0x4000 | 128 }, [flow]))
      .take(netflow5({ atMs: nowMs, sequence: 1 }, [flow]));
    expect(watched.flows.map(({ sampling }) => sampling)).toEqual([128, 1]);
  });
});
