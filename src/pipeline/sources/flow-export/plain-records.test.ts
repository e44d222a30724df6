import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryIp } from "../../../../test/arbitraries/address.ts";
import { formatIp } from "../../../core/net/ip.ts";
import { type Bytes, type Field, ip, ipfix, netflow9, set, template, uint } from "./datagram.test-support.ts";
import { WatchedDecoder } from "./observed.test-support.ts";
import { nowMs } from "./usual-flow.test-support.ts";

/** A field with the bytes that one record has for it. */
type Filled = readonly [field: Field, bytes: fc.Arbitrary<Bytes>];

const number = (element: number, length: number, ...usual: readonly number[]): Filled => [
  [element, length],
  fc
    .oneof(fc.constantFrom(...usual, 0, 1), fc.nat(Math.min(256 ** length, 2 ** 31) - 1))
    .map((value) => uint(value, length)),
];
const address = (element: number, family: 4 | 6): Filled => [
  [element, family === 4 ? 4 : 16],
  arbitraryIp(family).map((one) => ip(formatIp(one))),
];
const timeMs = (element: number): Filled => [
  [element, 8],
  fc.integer({ min: -100_000_000, max: 1_000_000 }).map((by) => uint(nowMs + by, 8)),
];
const timeSeconds = (element: number): Filled => [
  [element, 4],
  fc.integer({ min: -100_000, max: 1000 }).map((by) => uint(Math.floor(nowMs / 1000) + by, 4)),
];

const addresses = fc.constantFrom(
  [address(8, 4), address(12, 4)],
  [address(27, 6), address(28, 6)],
  [address(8, 4), address(12, 4), address(27, 6), address(28, 6)],
);
const times = fc.constantFrom<readonly Filled[]>(
  [timeMs(152), timeMs(153)],
  [timeSeconds(150), timeSeconds(151)],
  [number(158, 4, 2_000_000), number(159, 4, 1_000_000)],
  [number(22, 4, 4_000_000), number(21, 4, 4_900_000)],
  [timeMs(153)],
  [],
);
const some = fc.subarray<Filled>([
  number(7, 2, 40_000),
  number(11, 2, 443),
  number(6, 1, 2, 0x12, 0x1a),
  number(2, 8),
  number(86, 8, 3),
  number(61, 1),
  number(85, 8, 900),
  number(352, 8, 700),
  number(32, 2, 0x0800),
  number(233, 1, 3),
  number(89, 1, 129),
  number(34, 4, 100),
  number(138, 4),
  number(132, 8),
]);
/** With the times before export these are the signs of Open vSwitch. */
const openVSwitch = [number(138, 4), number(61, 1), number(352, 8, 700), number(132, 8)];
const others = fc.oneof(some, fc.constant(openVSwitch));
/** What no flow is told by, before everything else: a name of any length. */
const variable: Filled = [[82, 65_535], fc.string({ maxLength: 300 }).map(named)];

function named(text: string): Bytes {
  const bytes = [...new TextEncoder().encode(text)];
  return bytes.length < 255 ? [bytes.length, ...bytes] : [255, ...uint(bytes.length, 2), ...bytes];
}

const layouts = fc
  .tuple(
    addresses,
    fc.constantFrom(number(4, 1, 6, 17, 58), number(4, 1, 6)),
    fc.constantFrom(number(1, 8, 500), number(1, 4, 500)),
    times,
    others,
  )
  .chain(([ends, protocol, octets, when, more]) => {
    const all = [...ends, protocol, octets, ...when, ...more];
    return fc.shuffledSubarray(all, { minLength: all.length });
  });

test.each(["IPFIX", "NetFlow v9"])(
  "%s: usual flows read in one go are what a look at every field makes of them",
  (said) => {
    fc.assert(
      fc.property(
        layouts.chain((layout) =>
          fc.tuple(
            fc.constant(layout),
            fc.boolean(),
            fc.array(fc.tuple(variable[1], ...layout.map(([, bytes]) => bytes)), { minLength: 1, maxLength: 6 }),
          ),
        ),
        ([layout, isVariable, records]) => {
          const isNamed = isVariable && said === "IPFIX";
          const lines = (more: readonly Field[]): readonly unknown[] => {
            const fields = [...(isNamed ? [variable[0]] : []), ...layout.map(([field]) => field), ...more];
            const data = set(
              256,
              ...records.map(([name, ...rest]) => [
                ...(isNamed ? name : []),
                ...rest.flat(),
                ...more.flatMap(() => [0]),
              ]),
            );
            const exported = { atMs: nowMs, uptimeMs: 5_000_000 };
            const watched = new WatchedDecoder(nowMs, { openVSwitchSampling: 400 }).take(
              said === "IPFIX"
                ? ipfix(exported, set(2, template(256, fields)), data)
                : netflow9(exported, set(0, template(256, fields)), data),
            );
            return [watched.flows, watched.errors];
          };
          // A forwarding status of 0 says nothing, but needs a look at every field.
          expect(lines([])).toEqual(lines([[89, 1]]));
        },
      ),
    );
  },
);
