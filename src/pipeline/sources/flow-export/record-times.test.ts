import { expect, test } from "vitest";
import { type Bytes, type Field, ipfix, ipfixOptions, netflow9, set, template, uint } from "./datagram.test-support.ts";
import { WatchedDecoder } from "./observed.test-support.ts";
import { ends, endsBytes, nowMs } from "./usual-flow.test-support.ts";

const second = 1000;
const start = nowMs - 20 * second;
const end = nowMs - 10 * second;

function ntp(ms: number): Bytes {
  return [...uint(Math.floor(ms / second) + 2_208_988_800, 4), ...uint(((ms % second) / second) * 2 ** 32, 4)];
}

/** Start and end that come out, in seconds before the arrival. */
function secondsBefore(watched: WatchedDecoder): readonly number[] {
  return watched.flows.flatMap(({ startMs, endMs }) => [(nowMs - startMs) / second, (nowMs - endMs) / second]);
}

function placed(fields: readonly Field[], bytes: Bytes, exportMs = nowMs): readonly number[] {
  const datagram = ipfix({ atMs: exportMs }, set(2, template(300, [...ends, ...fields])), set(300, endsBytes, bytes));
  return secondsBefore(new WatchedDecoder(nowMs).take(datagram));
}

const milliseconds: readonly Field[] = [
  [152, 8],
  [153, 8],
];

test.each<readonly [string, readonly number[], readonly [number, number]]>([
  ["milliseconds", placed(milliseconds, [...uint(start, 8), ...uint(end, 8)]), [20, 10]],
  ["seconds", placed([[150, 4], [151, 4]], [...uint(start / second, 4), ...uint(end / second, 4)]), [20, 10]], // prettier-ignore
  ["microseconds of NTP", placed([[154, 8], [155, 8]], [...ntp(start + 500), ...ntp(end)]), [19.5, 10]], // prettier-ignore
  ["nanoseconds of NTP", placed([[156, 8], [157, 8]], [...ntp(start), ...ntp(end + 250)]), [20, 9.75]], // prettier-ignore
  ["microseconds before the export", placed([[158, 4], [159, 4]], [...uint(20e6, 4), ...uint(10e6, 4)]), [20, 10]], // prettier-ignore
  ["the moment of observation", placed([[323, 8]], uint(end, 8)), [10, 10]],
  ["only a start", placed([[152, 8]], uint(start, 8)), [20, 20]],
  ["only an end", placed([[153, 8]], uint(end, 8)), [10, 10]],
  ["no time", placed([], []), [0, 0]],
  // Clocks.
  [
    "a clock an hour slow: times are moved with the export time",
    placed(milliseconds, [...uint(start - 3.6e6, 8), ...uint(end - 3.6e6, 8)], nowMs - 3.6e6),
    [20, 10],
  ],
  ["a clock that was never set", placed(milliseconds, [...uint(5000, 8), ...uint(9000, 8)], 10_000), [5, 1]],
  [
    "a clock some seconds fast is left as it is",
    placed(milliseconds, [...uint(nowMs, 8), ...uint(nowMs + 4000, 8)]),
    [0, -4],
  ],
  ["an end in the future", placed(milliseconds, [...uint(start, 8), ...uint(nowMs + 3.6e6, 8)]), [0, 0]],
  ["an end two days ago", placed(milliseconds, [...uint(start, 8), ...uint(nowMs - 2 * 86.4e6, 8)]), [0, 0]],
  ["a start after the end", placed(milliseconds, [...uint(end, 8), ...uint(start, 8)]), [20, 20]],
  ["a flow of weeks", placed(milliseconds, [...uint(nowMs - 20 * 86.4e6, 8), ...uint(end, 8)]), [10, 10]],
])("%s", (_, seconds, expected) => expect(seconds).toEqual(expected));

const uptimes: readonly Field[] = [
  [22, 4],
  [21, 4],
];

test("NetFlow v9 counts from the exporter's start, in 32 bits that may have wrapped", () => {
  const at = (uptimeMs: number, first: number, last: number): readonly number[] => {
    const told = set(0, template(300, [...ends, ...uptimes]));
    const data = set(300, endsBytes, uint(first >>> 0, 4), uint(last >>> 0, 4));
    return secondsBefore(new WatchedDecoder(nowMs).take(netflow9({ atMs: nowMs, uptimeMs }, told, data)));
  };
  expect(at(50_000, 30_000, 40_000)).toEqual([20, 10]);
  expect(at(5000, -15_000, -5000)).toEqual([20, 10]);
  // A flow that ended after the header was made.
  expect(at(50_000, 30_000, 50_200)).toEqual([20, 0]);
});

test("IPFIX counts from the start that the exporter's options tell", () => {
  const told = set(2, template(300, [...ends, ...uptimes]));
  const data = set(300, endsBytes, uint(30_000, 4), uint(40_000, 4));
  const options = set(3, ipfixOptions(400, [[149, 4]], [[160, 8]]));
  const stated = set(400, uint(0, 4), uint(nowMs - 50_000, 8));
  const watched = new WatchedDecoder(nowMs).take(ipfix({ atMs: nowMs }, told, data, options, stated, data));
  expect(secondsBefore(watched)).toEqual([0, 0, 20, 10]);
});
