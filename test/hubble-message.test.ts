import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HubbleDecoder } from "../src/pipeline/sources/hubble/decode.ts";
import { HubbleMessageDecoder } from "../src/pipeline/sources/hubble/message.ts";
import { saidForTest } from "../src/pipeline/sources/observation.test-support.ts";
import { recordForTest } from "../src/pipeline/sources/record-bytes.test-support.ts";
import { encodeGetFlowsResponse, responseFromJson } from "./protos/observer.ts";

const samples = join(import.meta.dirname, "../../shared/data/hubble");

function fromJson(line: string): object | string {
  let found: object | undefined;
  const decoder = new HubbleDecoder((o) => void (found = saidForTest(o)));
  const { bytes, view } = recordForTest(line);
  return decoder.decode(bytes, view, 0) < 0 ? decoder.error : found!;
}

const messages = new HubbleMessageDecoder();
function fromMessage(message: Uint8Array): object | string {
  const filled = messages.read(message) ? messages.fill() : undefined;
  return filled === undefined ? messages.error : saidForTest(filled);
}

function fromBoth(printed: object): [unknown, unknown] {
  return [
    fromMessage(encodeGetFlowsResponse(responseFromJson(printed as Record<string, unknown>))),
    fromJson(JSON.stringify(printed)),
  ];
}

const word = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);
const port = fc.integer({ min: 1, max: 65535 });
const ip = fc.oneof(fc.ipV4(), fc.ipV6());
const end = fc.record(
  {
    ID: fc.integer({ min: 1, max: 9999 }),
    identity: fc.oneof(
      fc.constantFrom(1, 2, 6, 7, 9, 10, 2 ** 24, 2 ** 25 + 3),
      fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    ),
    namespace: word,
    labels: fc.array(word, { maxLength: 3 }),
    pod_name: word,
    workloads: fc.array(fc.record({ name: word, kind: word }), { minLength: 1, maxLength: 2 }),
    cluster_name: word,
  },
  { requiredKeys: [] },
);
const policy = fc.record(
  {
    name: word,
    namespace: word,
    labels: fc.array(word, { maxLength: 2 }),
    revision: fc.integer({ min: 1, max: 99 }),
    kind: fc.constantFrom("CiliumNetworkPolicy", "NetworkPolicy"),
  },
  { requiredKeys: ["name"] },
);
const flag = fc.constant(true);
const ports = { source_port: port, destination_port: port };
const icmp = fc.record({ type: fc.integer({ min: 1, max: 255 }), code: fc.integer({ min: 1, max: 255 }) });
const flow = fc.record(
  {
    time: fc
      .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString()),
    verdict: fc.constantFrom("FORWARDED", "DROPPED", "ERROR", "AUDIT", "REDIRECTED", "TRACED", "TRANSLATED"),
    IP: fc.record({ source: ip, destination: ip }),
    l4: fc.oneof(
      fc.record({
        TCP: fc.record({ ...ports, flags: fc.record({ SYN: flag, ACK: flag, FIN: flag }, { requiredKeys: [] }) }),
      }),
      fc.record({ UDP: fc.record(ports) }),
      fc.record({ SCTP: fc.record(ports) }),
      fc.record({ ICMPv4: icmp }),
      fc.record({ ICMPv6: icmp }),
    ),
    source: end,
    destination: end,
    destination_names: fc.array(word, { maxLength: 20 }),
    node_name: word,
    l7: fc.record({
      type: fc.constantFrom("REQUEST", "RESPONSE", "SAMPLE"),
      dns: fc.record(
        {
          query: word,
          ips: fc.array(fc.oneof(ip, word), { maxLength: 70 }),
          ttl: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
          cnames: fc.array(word, { maxLength: 20 }),
          rcode: fc.constantFrom(2, 3),
        },
        { requiredKeys: ["query"] },
      ),
    }),
    event_type: fc.record({ type: fc.constantFrom(1, 4, 5, 7, 129, 130) }),
    traffic_direction: fc.constantFrom("INGRESS", "EGRESS"),
    trace_reason: fc.constantFrom("NEW", "ESTABLISHED", "REPLY", "RELATED", "SRV6_ENCAP"),
    trace_observation_point: fc.constantFrom(
      "TO_PROXY",
      "TO_HOST",
      "TO_STACK",
      "TO_OVERLAY",
      "TO_NETWORK",
      "FROM_ENDPOINT",
      "TO_ENDPOINT",
    ),
    drop_reason_desc: fc.constantFrom(
      "POLICY_DENIED",
      "CT_MAP_INSERTION_FAILED",
      "POLICY_DENY",
      "AUTH_REQUIRED",
      "DROP_REASON_UNKNOWN",
    ),
    drop_reason: fc.constantFrom(133, 155, 181),
    is_reply: fc.boolean(),
    reply: flag,
    egress_allowed_by: fc.array(policy, { maxLength: 6 }),
    egress_denied_by: fc.array(policy, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

describe("a Hubble message in protobuf says what its JSON says", () => {
  test("whatever the flow", () => {
    fc.assert(
      fc.property(flow, (one) => {
        const [message, line] = fromBoth({ flow: one, node_name: "n1" });
        expect(message).toEqual(line);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["lost events", { lost_events: { source: "HUBBLE_RING_BUFFER", num_events_lost: 17 }, node_name: "n1" }],
    ["a node that is gone", { node_status: { state_change: "NODE_GONE", node_names: ["n2"] } }],
    ["a node that came", { node_status: { state_change: "NODE_CONNECTED", node_names: ["n2"] } }],
    ["a node in an unknown state", { node_status: { node_names: ["n2"] } }],
    ["an address that is none", { flow: { IP: { source: "10.0.0.300", destination: "10.0.0.1" } } }],
    ["a port that is none", { flow: { l4: { TCP: { source_port: 70_000, destination_port: 1 } } } }],
  ])("%s", (_, printed) => {
    const [message, line] = fromBoth(printed);
    expect(message).toEqual(line);
  });

  describe.skipIf(!existsSync(samples))("in recordings", () => {
    test.each(existsSync(samples) ? readdirSync(samples) : [])("%s", (name) => {
      const lines = readFileSync(join(samples, name), "utf8")
        .split("\n")
        .filter((line) => line !== "");
      const both = lines.map((line) => fromBoth(JSON.parse(line) as object));
      expect(both.map(([message]) => message)).toEqual(both.map(([, line]) => line));
      expect(both.filter(([message]) => typeof message === "string")).toEqual([]);
    });
  });
});

describe("a Hubble message that is broken", () => {
  const whole = encodeGetFlowsResponse(
    responseFromJson({
      flow: {
        time: "2026-09-01T08:30:00.123456789Z",
        IP: { source: "10.128.0.7", destination: "198.51.100.7" },
        source: { namespace: "shop", pod_name: "cart", workloads: [{ name: "cart", kind: "Deployment" }] },
        l7: { type: "RESPONSE", dns: { query: "a.example.", ips: ["198.51.100.7"], ttl: 7 } },
        event_type: { type: 129 },
      },
      node_name: "n1",
    }),
  );

  test("is refused or read, never believed beyond its end, wherever it is cut", () => {
    const outcomes = Array.from({ length: whole.length }, (_, length) => messages.read(whole.subarray(0, length)));
    // Cut between two fields a message is whole again.
    expect(outcomes.filter(Boolean).length).toBeLessThan(4);
  });

  test("holds no zero byte in its names", () => {
    expect(fromMessage(encodeGetFlowsResponse({ flow: { source: { namespace: "a\0b" } } }))).toBe("bad_string");
  });

  test("never throws, and its texts stay within the message", () => {
    const changed = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Uint8Array.from(whole);
      bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), (bytes) => {
        const o = messages.read(bytes) ? messages.fill() : undefined;
        if (o === undefined) return;
        for (const to of [...o.textTo, ...o.nameTo.subarray(0, o.nameCount), ...o.chainTo.subarray(0, o.chainCount)]) {
          expect(to).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
