import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIp, type IpAddress } from "../../../core/net/ip.ts";
import type { Observation } from "../observation.ts";
import { type WireField, wireMessage } from "../protobuf/wire-message.ts";
import { recordForTest } from "../record-bytes.test-support.ts";
import { NetobservDecoder } from "./decode.ts";
import { NetobservProtobufDecoder } from "./protobuf.ts";

/** What the agent knows of a flow, before it is written in either form. */
interface AgentFlow {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly translated: IpAddress | undefined;
  readonly translatedPort: number;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmpType: number;
  readonly flags: number;
  readonly bytes: number;
  readonly sampling: number;
  readonly startMs: number;
  readonly lastedMs: number;
  readonly events: readonly Readonly<Record<string, string>>[];
  readonly packets: number;
  readonly dropped:
    | { readonly packets: number; readonly flags: number; readonly cause: readonly [number, string] }
    | undefined;
  readonly eventCause: number | undefined;
  /** Of the interfaces that it passed. */
  readonly networks: readonly string[];
}

const v4 = fc.bigInt({ min: 1n, max: 2n ** 32n - 1n }).map((value): IpAddress => ({ family: 4, value }));
const v6 = fc.bigInt({ min: 2n ** 64n, max: 2n ** 128n - 1n }).map((value): IpAddress => ({ family: 6, value }));
const port = fc.integer({ min: 1, max: 65_535 });
const acl = fc.record({
  Feature: fc.constant("acl"),
  Type: fc.constantFrom("EgressFirewall", "NetworkPolicy", "AdminNetworkPolicy"),
  Action: fc.constantFrom("allow", "allow-related", "drop", "reject", "pass"),
  Direction: fc.constantFrom("Egress", "Ingress"),
});
const message = fc.constantFrom("Allowed by egress firewall", "Dropped by network policy x", "Allowed, Ingress");
const flow = fc.constantFrom(v4, v6).chain((address) =>
  fc.record<AgentFlow>({
    source: address,
    destination: address,
    translated: fc.option(address, { nil: undefined }),
    translatedPort: fc.integer({ min: 0, max: 65_535 }),
    protocol: fc.constantFrom(1, 6, 17, 47, 58, 132),
    sourcePort: port,
    destinationPort: port,
    icmpType: fc.integer({ min: 0, max: 255 }),
    flags: fc.oneof(fc.integer({ min: 0, max: 0x7ff }), fc.constantFrom(0, 0x02)),
    bytes: fc.oneof(fc.integer({ min: 0, max: 1 << 30 }), fc.constantFrom(0, 2 ** 40)),
    sampling: fc.constantFrom(0, 1, 50),
    startMs: fc.integer({ min: 1, max: 2_000_000_000_000 }),
    lastedMs: fc.integer({ min: 0, max: 100_000 }),
    events: fc.array(
      fc.oneof(
        acl,
        message.map((Message) => ({ Message })),
      ),
      { maxLength: 4 },
    ),
    packets: fc.integer({ min: 0, max: 4 }),
    dropped: fc.option(
      fc.record({
        packets: fc.integer({ min: 1, max: 4 }),
        flags: fc.constantFrom(0, 0x02, 0x10),
        cause: fc.constantFrom<readonly [number, string]>(
          [(3 << 16) + 1, "OVS_DROP_LAST_ACTION"],
          [(3 << 16) + 3, "OVS_DROP_EXPLICIT"],
          [(3 << 16) + 11, "OVS_DROP_IP_TTL"],
          [8, "SKB_DROP_REASON_NETFILTER_DROP"],
        ),
      }),
      { nil: undefined },
    ),
    eventCause: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    networks: fc.array(fc.constantFrom("", "default", "shop/blue", "wide"), { maxLength: 3 }),
  }),
);

const causes = ["Unknown", "EgressFirewall", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "NetworkPolicy"];
const hasPorts = (protocol: number): boolean => [6, 17, 132].includes(protocol);
const isIcmp = (protocol: number): boolean => protocol === 1 || protocol === 58;

/** As the agent's own conversion to a map writes it. */
function jsonOf(f: AgentFlow): string {
  return JSON.stringify({
    Etype: f.source.family === 4 ? 2048 : 34_525,
    SrcAddr: formatIp(f.source),
    DstAddr: formatIp(f.destination),
    Proto: f.protocol,
    ...(hasPorts(f.protocol) ? { SrcPort: f.sourcePort, DstPort: f.destinationPort } : {}),
    ...(f.protocol === 6 ? { Flags: f.flags } : {}),
    ...(isIcmp(f.protocol) ? { IcmpType: f.icmpType } : {}),
    Bytes: f.bytes,
    ...(f.sampling === 0 ? {} : { Sampling: f.sampling }),
    TimeFlowStartMs: f.startMs,
    TimeFlowEndMs: f.startMs + f.lastedMs,
    ...(f.translated === undefined ? {} : { XlatDstAddr: formatIp(f.translated) }),
    ...(f.translated === undefined || !hasPorts(f.protocol) ? {} : { XlatDstPort: f.translatedPort }),
    ...(f.events.length === 0 ? {} : { NetworkEvents: f.events }),
    ...(f.networks.length === 0 ? {} : { Udns: f.networks }),
    Packets: f.packets,
    ...(f.dropped === undefined
      ? {}
      : {
          PktDropPackets: f.dropped.packets,
          PktDropLatestFlags: f.dropped.flags,
          PktDropLatestDropCause: f.dropped.cause[1],
        }),
    ...(f.eventCause === undefined
      ? {}
      : { PktDropLatestDropCause: `NetworkEvent_${causes[f.eventCause] ?? "UDNIsolation"}` }),
  });
}

const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const varint = (field: number, value: number): WireField => ({ field, varint: BigInt(value) });
/** proto3 leaves out what is 0. */
const unlessZero = (field: number, value: number): WireField[] => (value === 0 ? [] : [varint(field, value)]);

function addressOf({ family, value }: IpAddress): WireField[] {
  if (family === 4) return [{ field: 1, fixed32: Number(value) }];
  return [{ field: 2, bytes: Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 255n)) }];
}

function timeOf(ms: number): WireField[] {
  return [...unlessZero(1, Math.floor(ms / 1000)), ...unlessZero(2, (ms % 1000) * 1_000_000)];
}

function protobufOf(f: AgentFlow): Uint8Array {
  const fields: WireField[] = [
    varint(1, f.source.family === 4 ? 2048 : 34_525),
    varint(2, 1),
    { field: 3, message: timeOf(f.startMs) },
    { field: 4, message: timeOf(f.startMs + f.lastedMs) },
    { field: 5, message: [varint(1, 0x0a58_0a80_0207), varint(2, 0x0a58_0a80_0201)] },
    {
      field: 6,
      message: [
        { field: 1, message: addressOf(f.source) },
        { field: 2, message: addressOf(f.destination) },
      ],
    },
    { field: 7, message: [varint(1, f.sourcePort), varint(2, f.destinationPort), varint(3, f.protocol)] },
    varint(8, f.bytes),
    ...unlessZero(9, f.packets),
    { field: 12, message: addressOf(f.source) },
    ...unlessZero(13, f.flags),
    ...unlessZero(14, f.icmpType),
    ...(f.dropped === undefined ? [] : [varint(17, f.dropped.packets), ...unlessZero(18, f.dropped.flags)]),
    ...(f.eventCause !== undefined
      ? [varint(20, (1 << 24) + f.eventCause)]
      : f.dropped === undefined
        ? []
        : [varint(20, f.dropped.cause[0])]),
    ...f.networks.map((network) => ({
      field: 26,
      message: [{ field: 1, bytes: text("eth0") }, varint(2, 1), { field: 3, bytes: text(network) }],
    })),
    ...f.events.map((one) => ({
      field: 27,
      message: Object.entries(one).map(([key, value]) => ({
        field: 1,
        message: [
          { field: 1, bytes: text(key) },
          { field: 2, bytes: text(value) },
        ],
      })),
    })),
    ...(f.translated === undefined
      ? []
      : [
          {
            field: 28,
            message: [{ field: 2, message: addressOf(f.translated) }, ...unlessZero(4, f.translatedPort)],
          },
        ]),
    ...unlessZero(29, f.sampling),
    { field: 32, bytes: text("example.com") },
  ];
  return Uint8Array.from(wireMessage(fields));
}

/** What of an observation both forms must tell alike. */
function told(o: Observation): unknown {
  const words = (family: number, of: Uint32Array): number[] => [
    family,
    ...of.subarray(0, family === 6 ? 4 : family / 4),
  ];
  return {
    source: words(o.sourceFamily, o.source),
    destination: words(o.destinationFamily, o.destination),
    is: [o.sourceIs, o.destinationIs, o.side, o.isCopy],
    protocol: o.protocol,
    ports: [o.sourcePort, o.destinationPort, o.icmpType],
    opener: o.opener,
    verdict: o.verdict,
    amounts: [o.flows, o.byteCount, o.sampling],
    times: [o.startMs, o.endMs],
    network: o.network,
  };
}

function decodeJson(json: string): unknown[] {
  const found: unknown[] = [];
  const { bytes, view } = recordForTest(json);
  expect(new NetobservDecoder((o) => void found.push(told(o))).decode(bytes, view, 0)).toBeGreaterThan(0);
  return found;
}

function decodeProtobuf(bytes: Uint8Array): { found: unknown[]; error: string | undefined } {
  const found: unknown[] = [];
  const decoder = new NetobservProtobufDecoder((o) => void found.push(told(o)));
  const isRead = decoder.decode(bytes, new DataView(bytes.buffer), 0, bytes.length);
  return { found, error: isRead ? undefined : decoder.error };
}

test("a flow says the same in protobuf as in JSON", () => {
  fc.assert(
    fc.property(flow, (one) => {
      const { found, error } = decodeProtobuf(protobufOf(one));
      expect(error).toBeUndefined();
      expect(found).toEqual(decodeJson(jsonOf(one)));
    }),
    { numRuns: 500 },
  );
});

test("a copy on another interface, as old agents mark it, is one", () => {
  const { found } = decodeProtobuf(Uint8Array.from(wireMessage([varint(1, 2048), varint(11, 1)])));
  expect(found).toMatchObject([{ is: [0, 0, 0, true] }]);
});

test("frames that are no IP have no addresses", () => {
  const arp = wireMessage([
    varint(1, 0x0806),
    { field: 6, message: [{ field: 1, message: [{ field: 1, fixed32: 0x0a00_0001 }] }] },
  ]);
  expect(decodeProtobuf(Uint8Array.from(arp)).found).toMatchObject([{ source: [0], destination: [0] }]);
});

test.each([
  ["a port beyond 65535", [{ field: 7, message: [varint(2, 65_536)] }], "bad_port"],
  ["a protocol beyond 255", [{ field: 7, message: [varint(3, 256)] }], "bad_protocol"],
  ["a translated port beyond 65535", [{ field: 28, message: [varint(4, 70_000)] }], "bad_port"],
])("%s is refused", (_, fields, error) => {
  expect(decodeProtobuf(Uint8Array.from(wireMessage(fields)))).toEqual({ found: [], error });
});

test("whatever the bytes, it neither throws nor hands over a broken message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { found, error } = decodeProtobuf(bytes);
      expect(found).toHaveLength(error === undefined ? 1 : 0);
    }),
    { numRuns: 2000 },
  );
});

test("real messages with a byte changed or cut off are read or refused", () => {
  fc.assert(
    fc.property(flow, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), (one, place, byte, isCut) => {
      const bytes = protobufOf(one);
      const at = place % bytes.length;
      bytes[at] = byte;
      const { found, error } = decodeProtobuf(isCut ? bytes.slice(0, at) : bytes);
      expect(found).toHaveLength(error === undefined ? 1 : 0);
    }),
    { numRuns: 2000 },
  );
});

test.each<[string, object, string]>([
  ["does not tell", {}, ""],
  ["passed no pod's interface", { Udns: ["", ""] }, ""],
  ["is on the cluster's network", { Udns: ["", "default"] }, "default"],
  ["is on a user-defined network, and passed others", { Udns: ["default", "shop/blue", "", "shop/blue"] }, "shop/blue"],
  ["is on a network that spans namespaces", { Udns: ["wide"] }, "wide"],
  ["is on two at once, which no pod is", { Udns: ["shop/blue", "bank/blue"] }, "?"],
  ["is told by a label", { UdnId: "shop/blue" }, "shop/blue"],
  ["names what is no name", { Udns: ["x".repeat(1000)] }, "x".repeat(318)],
  ["has something else there", { Udns: "shop/blue" }, ""],
])("the network of a flow that %s", (_, said, network) => {
  const found: string[] = [];
  const decoder = new NetobservDecoder((o) => void found.push(o.network));
  for (const more of [said, { Udns: ["other/net"] }, said]) {
    const { bytes, view } = recordForTest(JSON.stringify({ SrcAddr: "10.1.0.9", DstAddr: "198.51.100.1", ...more }));
    expect(decoder.decode(bytes, view, 0)).toBeGreaterThan(0);
  }
  expect(found).toEqual([network, "other/net", network]);
});
