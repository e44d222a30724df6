import { describe, expect, test } from "vitest";
import { type Bytes, type Field, ip, ipfix, set, template, uint } from "./datagram.test-support.ts";
import { WatchedDecoder } from "./observed.test-support.ts";
import { ends, endsBytes, endsWords, fields4, fields6, nowMs, record, told, usual } from "./usual-flow.test-support.ts";

const reverse = 29_305;

test.each<readonly [string, readonly string[], readonly string[]]>([
  [
    "a variable field is as long as its record says, in one byte or three",
    told([[82, 65_535], ...ends], [3, 1, 2, 3, ...endsBytes], [255, 0, 2, 1, 2, ...endsBytes], [0, ...endsBytes]),
    [`${endsWords} p-1 -1B`, `${endsWords} p-1 -1B`, `${endsWords} p-1 -1B`],
  ],
  [
    "a field of an enterprise is not the element of the same number",
    told([[8, 4, 9], ...ends], [...ip("192.0.2.1"), ...endsBytes]),
    [`${endsWords} p-1 -1B`],
  ],
  [
    "a biflow is two flows, begun by its source",
    told(
      [...ends, [4, 1], [7, 2], [11, 2], [1, 4], [1, 4, reverse]],
      [...endsBytes, 6, ...uint(50_000, 2), ...uint(443, 2), ...uint(100, 4), ...uint(900, 4)],
    ),
    [
      "10.128.0.7:50000 > 198.51.100.4:443 p6 100B, opened by source",
      "198.51.100.4:443 > 10.128.0.7:50000 p6 900B, opened by destination",
    ],
  ],
  [
    "a biflow of which nothing came back is one",
    told([...ends, [1, 4], [1, 4, reverse], [2, 4, reverse]], [...endsBytes, ...uint(100, 4), ...uint(0, 8)]),
    [`${endsWords} p-1 100B, opened by source`],
  ],
  [
    "a biflow may say that the other end began it",
    told([...ends, [239, 1], [1, 4], [1, 4, reverse]], [...endsBytes, 2, ...uint(1, 4), ...uint(2, 4)]),
    [`${endsWords} p-1 1B, opened by destination`, "198.51.100.4 > 10.128.0.7 p-1 2B, opened by source"],
  ],
  [
    "an event of address translation is no flow",
    told([...ends, [230, 1]], [...endsBytes, 1]),
    [`${endsWords} p-1 -1B, no flow`],
  ],
  [
    "a direction in which nothing went is no flow",
    told([...ends, [1, 4], [2, 4]], [...endsBytes, ...uint(0, 8)], [...endsBytes, ...uint(40, 4), ...uint(1, 4)]),
    [`${endsWords} p-1 0B, no flow`, `${endsWords} p-1 40B`],
  ],
  [
    "a firewall's denial is one, and the end of a connection does not count it again",
    told([...ends, [233, 1]], [...endsBytes, 3], [...endsBytes, 2], [...endsBytes, 1]),
    [`${endsWords} p-1 -1B, denied`, `${endsWords} p-1 -1B, 0 flows`, `${endsWords} p-1 -1B`],
  ],
  [
    "a packet dropped by an access list is denied, one dropped for another reason is not",
    told([...ends, [89, 1]], [...endsBytes, 129], [...endsBytes, 130], [...endsBytes, 131], [...endsBytes, 64]),
    [`${endsWords} p-1 -1B, denied`, `${endsWords} p-1 -1B, denied`, `${endsWords} p-1 -1B`, `${endsWords} p-1 -1B`],
  ],
  [
    "the ICMP type stands alone, with its code, or where ports are",
    [
      ...told([...ends, [4, 1], [176, 1]], [...endsBytes, 1, 8]),
      ...told([...ends, [4, 1], [32, 2]], [...endsBytes, 1, 8, 0]),
      ...told([...ends, [4, 1], [7, 2], [11, 2]], [...endsBytes, 1, 0, 0, 8, 0]),
      ...told([...fields6.slice(0, 2), [4, 1], [139, 2]], [...ip("fd01::7"), ...ip("2001:db8::4"), 58, 128, 0]),
      ...told([...fields6.slice(0, 2), [4, 1], [178, 1]], [...ip("fd01::7"), ...ip("2001:db8::4"), 58, 128]),
    ],
    [
      ...Array.from({ length: 3 }, () => `${endsWords} p1 -1B, icmp 8`),
      ...Array.from({ length: 2 }, () => "fd01::7 > 2001:db8::4 p58 -1B, icmp 128"),
    ],
  ],
  [
    "of fields for both families the filled ones count",
    told(
      [...ends, ...fields6.slice(0, 2)],
      [...endsBytes, ...ip("::"), ...ip("::")],
      [...ip("0.0.0.0"), ...ip("0.0.0.0"), ...ip("fd01::7"), ...ip("2001:db8::4")],
    ),
    [`${endsWords} p-1 -1B`, "fd01::7 > 2001:db8::4 p-1 -1B"],
  ],
  [
    "an IPv4-mapped IPv6 address is the IPv4 address",
    told(fields6.slice(0, 2), [...uint(0xffff, 12), ...ip("10.0.0.1"), ...uint(0xffff, 12), ...ip("192.0.2.1")]),
    ["10.0.0.1 > 192.0.2.1 p-1 -1B"],
  ],
  [
    "numbers may be shorter than the element",
    told([...ends, [4, 1], [1, 3]], [...endsBytes, 17, 1, 0, 0]),
    [`${endsWords} p17 65536B`],
  ],
  [
    "who sends SYN without ACK began it; both flags tell only of a single packet",
    told(
      [...ends, [4, 1], [6, 1], [2, 4]],
      [...endsBytes, 6, 0x02, ...uint(3, 4)],
      [...endsBytes, 6, 0x12, ...uint(1, 4)],
      [...endsBytes, 6, 0x12, ...uint(5, 4)],
      [...endsBytes, 6, 0x10, ...uint(1, 4)],
    ),
    [
      `${endsWords} p6 -1B, opened by source`,
      `${endsWords} p6 -1B, opened by destination`,
      `${endsWords} p6 -1B`,
      `${endsWords} p6 -1B`,
    ],
  ],
  [
    "an event about a flow, or of address translation, is no flow without a destination",
    told(
      [
        [8, 4],
        [4, 1],
      ],
      [...ip("10.128.0.7"), 6],
    ),
    ["10.128.0.7 > - p6 -1B, no flow"],
  ],
  [
    "a firewall's update does not count a connection again",
    told([...ends, [233, 1]], [...endsBytes, 5]),
    [`${endsWords} p-1 -1B, 0 flows`],
  ],
  [
    "a biflow may be counted in packets alone",
    told([...ends, [2, 4], [2, 4, reverse]], [...endsBytes, ...uint(1, 4), ...uint(2, 4)]),
    [`${endsWords} p-1 -1B, opened by source`, "198.51.100.4 > 10.128.0.7 p-1 -1B, opened by destination"],
  ],
  [
    "a biflow of which only the answer went has one flow, that of the answer",
    told([...ends, [1, 4], [2, 4], [1, 4, reverse]], [...endsBytes, ...uint(0, 8), ...uint(9, 4)]),
    [`${endsWords} p-1 0B, opened by destination, no flow`, "198.51.100.4 > 10.128.0.7 p-1 9B, opened by source"],
  ],
  [
    "a biflow that says who began it says nothing when it says that nobody knows",
    told(
      [...ends, [239, 1], [1, 4], [1, 4, reverse]],
      [...endsBytes, 1, ...uint(1, 4), ...uint(2, 4)],
      [...endsBytes, 0, ...uint(1, 4), ...uint(2, 4)],
    ),
    [
      `${endsWords} p-1 1B, opened by source`,
      "198.51.100.4 > 10.128.0.7 p-1 2B, opened by destination",
      `${endsWords} p-1 1B`,
      "198.51.100.4 > 10.128.0.7 p-1 2B",
    ],
  ],
  [
    "a biflow of IPv6 and one whose families differ keep the families of their ends",
    told(
      [...fields6.slice(0, 2), [1, 4], [1, 4, reverse]],
      [...uint(0xffff, 12), ...ip("10.0.0.1"), ...ip("2001:db8::4"), ...uint(1, 4), ...uint(2, 4)],
    ),
    ["10.0.0.1 > 2001:db8::4 p-1 1B, opened by source", "2001:db8::4 > 10.0.0.1 p-1 2B, opened by destination"],
  ],
  [
    "of fields for both families those count that the record names",
    told(
      [...ends, ...fields6.slice(0, 2), [60, 1]],
      [...endsBytes, ...ip("fd01::7"), ...ip("2001:db8::4"), 6],
      [...ip("0.0.0.0"), ...ip("0.0.0.0"), ...ip("fd01::7"), ...ip("2001:db8::4"), 4],
      [...ip("0.0.0.0"), ...ip("0.0.0.0"), ...ip("fd01::7"), ...ip("2001:db8::4"), 0],
    ),
    ["fd01::7 > 2001:db8::4 p-1 -1B", "0.0.0.0 > 0.0.0.0 p-1 -1B", "fd01::7 > 2001:db8::4 p-1 -1B"],
  ],
  [
    "of fields for both families one that is filled counts, whichever end it is",
    told(
      [...ends, ...fields6.slice(0, 2)],
      [...ip("10.128.0.7"), ...ip("0.0.0.0"), ...ip("::"), ...ip("::")],
      [...ip("0.0.0.0"), ...ip("198.51.100.4"), ...ip("::"), ...ip("::")],
    ),
    ["10.128.0.7 > 0.0.0.0 p-1 -1B", "0.0.0.0 > 198.51.100.4 p-1 -1B"],
  ],
  [
    "a port that is none is not there",
    told([...ends, [4, 1], [7, 4], [11, 4]], [...endsBytes, 6, ...uint(65_536, 4), ...uint(65_535, 4)]),
    ["10.128.0.7 > 198.51.100.4:65535 p6 -1B"],
  ],
  [
    "the octets on the way out stand in where those on the way in are missing or 0",
    [
      ...told(
        [...ends, [1, 4], [23, 4]],
        [...endsBytes, ...uint(7, 4), ...uint(9, 4)],
        [...endsBytes, ...uint(0, 4), ...uint(9, 4)],
      ),
      ...told([...ends, [352, 8]], [...endsBytes, ...uint(11, 8)]),
    ],
    [`${endsWords} p-1 7B`, `${endsWords} p-1 9B`, `${endsWords} p-1 11B`],
  ],
  [
    "only TCP has flags that tell who began it",
    told([...ends, [4, 1], [6, 1]], [...endsBytes, 17, 2], [...endsBytes, 6, 2]),
    [`${endsWords} p17 -1B`, `${endsWords} p6 -1B, opened by source`],
  ],
  [
    "the flags of the first packet tell more than those of all, where an exporter has them",
    told(
      [...ends, [4, 1], [6, 1], [14, 1, 6871]],
      [...endsBytes, 6, 0x1b, 0x02],
      [...endsBytes, 6, 0x1b, 0x12],
      [...endsBytes, 6, 0x02, 0x10],
    ),
    [`${endsWords} p6 -1B, opened by source`, `${endsWords} p6 -1B, opened by destination`, `${endsWords} p6 -1B`],
  ],
  [
    "an element of a length that it cannot have is passed over",
    [
      ...told([...ends, [1, 9]], [...endsBytes, ...uint(1, 9)]),
      ...told(
        [
          [8, 16],
          [12, 4],
          [1, 1],
        ],
        [...uint(1, 16), ...ip("198.51.100.4"), 7],
      ),
      ...told([...ends, [27, 4], [1, 1]], [...endsBytes, 0, 0, 0, 0, 7]),
      ...told([...ends, [311, 2], [1, 1]], [...endsBytes, 0x3f, 0x94, 7]),
    ],
    [`${endsWords} p-1 -1B`, "- > 198.51.100.4 p-1 7B", `${endsWords} p-1 7B`, `${endsWords} p-1 7B`],
  ],
])("%s", (_, lines, expected) => expect(lines).toEqual(expected));

describe("Open vSwitch", () => {
  const fields: readonly Field[] = [[138, 4], [61, 1], ...ends, [158, 4], [159, 4], [132, 8], [352, 8], [1, 8]];
  const packet = (direction: number): Bytes => [
    ...uint(1, 4),
    direction,
    ...endsBytes,
    ...uint(0, 8),
    ...uint(0, 16),
    ...uint(40_000, 8),
  ];
  const datagram = ipfix({ atMs: nowMs }, set(2, template(300, fields)), set(300, packet(0), packet(1)));

  test("tells each packet twice, with counts that are scaled", () => {
    const watched = new WatchedDecoder(nowMs).take(datagram);
    expect(watched.lines).toEqual([`${endsWords} p-1 40000B`, `${endsWords} p-1 40000B, copy`]);
  });

  test("does not tell its sampling: what is known of it marks the flows, without scaling again", () => {
    const watched = new WatchedDecoder(nowMs, { openVSwitchSampling: 400 }).take(datagram);
    expect(watched.lines[0]).toBe(`${endsWords} p-1 100B, 1 in 400`);
  });

  test("is not scaled back by what is known of it where it tells its sampling", () => {
    const telling = ipfix(
      { atMs: nowMs },
      set(2, template(300, [...fields, [34, 4]])),
      set(300, packet(0), uint(10, 4)),
    );
    const watched = new WatchedDecoder(nowMs, { openVSwitchSampling: 400 }).take(telling);
    expect(watched.lines).toEqual([`${endsWords} p-1 40000B, 1 in 10`]);
  });

  test("is not assumed of others, whose way out may be the only record", () => {
    expect(told([...ends, [61, 1]], [...endsBytes, 1])).toEqual([`${endsWords} p-1 -1B`]);
  });
});

test("of flowlogs-pipeline only addresses, protocol and counts are believed", () => {
  const pods: readonly Field[] = [7733, 7734, 7735, 7736].map((element) => [element, 65_535, 2]);
  const fields: readonly Field[] = [...fields4.slice(0, 7), ...pods, [311, 8]];
  const bytes = [...record({ ...usual, flags: 2 }).slice(0, 22), 1, 65, 0, 1, 66, 0];
  const watched = new WatchedDecoder(nowMs).take(
    ipfix(
      { atMs: nowMs },
      set(2, template(256, fields)),
      set(256, bytes, [0x3f, 0x94, 0x7a, 0xe1, 0x47, 0xae, 0x14, 0x7b]),
    ),
  );
  expect(watched.lines).toEqual(["10.128.0.7 > 198.51.100.4 p6 1234B, 1 in 50"]);
  watched.take(ipfix({ atMs: nowMs }, set(2, template(256, fields4)), set(256, record(usual))), {
    address: "192.0.2.9",
  });
  expect(watched.decoder.staleExporters).toEqual(["192.0.2.200"]);
});
