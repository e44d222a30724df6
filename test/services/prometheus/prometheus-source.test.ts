import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { prometheusOptions } from "../../../src/adapters/prometheus/options.ts";
import { prometheusSource } from "../../../src/adapters/prometheus/source.ts";
import type { CoarseObservation } from "../../../src/app/live/live-source.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { lacksPrometheus, type PastSeries, PrivatePrometheus } from "./private-prometheus.ts";

const hourMs = 3_600_000;
/** The hour under way; the past that is written lies before it. */
const thisHour = Math.floor(Date.now() / hourMs);
const firstHour = thisHour - 3;

/** A counter scraped each half minute, from and to minutes after the beginning of the first hour. */
function counter(
  metric: string,
  labels: Readonly<Record<string, string>>,
  fromMinute: number,
  toMinute: number,
  valueAt: (minute: number) => number,
): PastSeries {
  const samples: [number, number][] = [];
  for (let minute = fromMinute; minute <= toMinute; minute += 0.5) {
    samples.push([firstHour * 3600 + minute * 60, valueAt(minute)]);
  }
  return { metric, labels, samples };
}

const bytes = "netobserv_workload_egress_bytes_total";
const from = (SrcK8S_OwnerName: string, more: Readonly<Record<string, string>> = {}) => ({
  SrcK8S_Namespace: "shop",
  SrcK8S_OwnerName,
  SrcK8S_OwnerType: "Deployment",
  SrcK8S_Type: "Pod",
  ...more,
});
const hubble = {
  source_namespace: "bank",
  source_workload: "ledger",
  source_workload_kind: "StatefulSet",
  protocol: "TCP",
  traffic_direction: "egress",
};

const past: readonly PastSeries[] = [
  // A kilobyte a minute, all the time; to two places.
  counter(bytes, from("cart"), -60, 180, (minute) => 60_000 + minute * 1000),
  counter(bytes, from("cart", { DstSubnetLabel: "EXT:partners" }), -60, 180, (minute) => 6000 + minute * 10),
  // Restarts in the middle of the second hour.
  counter(bytes, from("billing"), -60, 180, (minute) => (minute < 90 ? minute + 60 : minute - 90) * 100),
  // Talks once, in the second hour, and is gone: never grows while it is looked at.
  counter(bytes, from("report-28888888", { SrcK8S_OwnerType: "Job" }), 70, 80, () => 5000),
  // Not egress to the outside.
  counter(bytes, from("cart", { DstK8S_Namespace: "shop", DstK8S_Type: "Pod" }), -60, 180, (minute) => 1e6 + minute),
  counter(bytes, { ...from("node-1"), SrcK8S_OwnerType: "Node" }, -60, 180, (minute) => 1e6 + minute),
  { metric: "netobserv_agent_sampling_rate", labels: {}, samples: [[firstHour * 3600 + 30 * 60, 50]] },
  // As Hubble counts, in the third hour only.
  counter(
    "hubble_flows_processed_total",
    { ...hubble, verdict: "FORWARDED", destination: "world" },
    -60,
    180,
    (minute) => (minute < 130 ? 7 : minute < 150 ? minute - 123 : 27),
  ),
  counter(
    "hubble_flows_processed_total",
    { ...hubble, verdict: "DROPPED", destination: "api.example.com" },
    140,
    180,
    () => 3,
  ),
  counter("hubble_port_distribution_total", { ...hubble, port: "443", destination: "world" }, 140, 180, () => 4),
];

function told({
  namespace,
  workload,
  destination,
  port,
  verdict,
  atMs,
  flows,
  bytes: sent,
}: CoarseObservation): string {
  const far = [destination, port].filter((part) => part !== undefined && part !== "").join(":") || "somewhere";
  const amount = flows === undefined ? `${Math.round((sent ?? 0) / 1000)} kB` : `${flows} flows`;
  return `hour ${atMs / hourMs - firstHour + 1}: ${namespace}/${workload.kind}/${workload.name} → ${far} ${verdict}, ${amount}`;
}

describe.skipIf(lacksPrometheus())("a coarse baseline from Prometheus", () => {
  let prometheus: PrivatePrometheus;
  const running: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    prometheus = await PrivatePrometheus.open(past);
  });
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });
  afterAll(() => prometheus?.close());

  function observe(more: object, resumeFrom?: string) {
    const options = prometheusOptions.parse({ url: prometheus.url, sinceHours: 3, settleMinutes: 0, ...more });
    const source = prometheusSource.open("metrics", options, {
      nowMs: () => thisHour * hourMs + 60_000,
      stdin: (async function* () {})(),
    });
    const hands = new RecordedHands(resumeFrom);
    const abort = new AbortController();
    const ended = source.run(hands, abort.signal);
    running.push(async () => {
      abort.abort();
      await ended;
    });
    return hands;
  }
  const isDone = (hands: RecordedHands): boolean => hands.position === `{"nextHour":${thisHour}}`;

  test("each closed hour tells who sent how much, whatever counters did", async () => {
    const hands = observe({});
    await hands.until(() => isDone(hands));
    expect(hands.coarse.map(told).toSorted()).toEqual(
      [
        // Agents looked at 1 packet in 50 in the first hour, and said nothing later.
        "hour 1: shop/Deployment/cart → somewhere seen, 3000 kB",
        "hour 1: shop/Deployment/cart → EXT:partners seen, 30 kB",
        "hour 1: shop/Deployment/billing → somewhere seen, 300 kB",
        "hour 2: shop/Deployment/cart → somewhere seen, 60 kB",
        "hour 2: shop/Deployment/cart → EXT:partners seen, 1 kB",
        "hour 2: shop/Deployment/billing → somewhere seen, 6 kB",
        "hour 2: shop/CronJob/report → somewhere seen, 5 kB",
        "hour 3: shop/Deployment/cart → somewhere seen, 60 kB",
        "hour 3: shop/Deployment/cart → EXT:partners seen, 1 kB",
        "hour 3: shop/Deployment/billing → somewhere seen, 6 kB",
        "hour 3: bank/StatefulSet/ledger → world seen, 20 flows",
        "hour 3: bank/StatefulSet/ledger → api.example.com denied, 3 flows",
        "hour 3: bank/StatefulSet/ledger → world:443 seen, 4 flows",
      ].toSorted(),
    );
    expect(hands.malformedReasons).toEqual([]);
    expect(hands.states[0]).toMatch(/^running: bytes are multiplied by 50/);
  });

  test("who goes on from an hour asks for the hours after it only", async () => {
    const hands = observe({ metrics: ["hubble"] }, `{"nextHour":${thisHour - 1}}`);
    await hands.until(() => isDone(hands));
    expect(new Set(hands.coarse.map(({ atMs }) => atMs / hourMs - firstHour + 1))).toEqual(new Set([3]));
    expect(hands.coarse).toHaveLength(3);
  });

  test("a server that is none of Prometheus's is told", async () => {
    const hands = observe({ url: `${prometheus.url}/graph` });
    await hands.until(() => hands.states.length > 0);
    expect(hands.states[0]).toMatch(/^retrying: Prometheus: /);
    expect(hands.coarse).toEqual([]);
  });
});
