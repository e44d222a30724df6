import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { prometheusOptions } from "../../../src/adapters/prometheus/options.ts";
import { prometheusSource } from "../../../src/adapters/prometheus/source.ts";
import type { CoarseObservation } from "../../../src/app/live/live-source.ts";
import { issueCertificate } from "../../certificate.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { runSource } from "../run-source.ts";
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

/** What flowlogs-pipeline shows: one workload that talks, and how agents sample. */
class Page {
  scrapes = 0;
  private readonly server = createServer((_, response) => {
    this.scrapes += 1;
    const labels = Object.entries({ ...from("front", { DstSubnetLabel: "EXT:saas" }), SrcK8S_Namespace: "web" });
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(
      `${bytes}{${labels.map(([name, value]) => `${name}="${value}"`).join(",")}} 42000\nnetobserv_agent_sampling_rate 2\n`,
    );
  });

  static async open(): Promise<Page> {
    const page = new Page();
    page.server.listen(0, "127.0.0.1");
    await once(page.server, "listening");
    return page;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

describe.skipIf(lacksPrometheus())("a coarse baseline from Prometheus", () => {
  let prometheus: PrivatePrometheus;
  let page: Page;
  const running: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    page = await Page.open();
    prometheus = await PrivatePrometheus.open(past, page.address);
  });
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });
  afterAll(async () => {
    await prometheus?.close();
    await page?.close();
  });

  function observe(more: object, resumeFrom?: string, nowMs = thisHour * hourMs + 60_000) {
    const options = prometheusOptions.parse({ url: prometheus.url, sinceHours: 3, settleMinutes: 0, ...more });
    const source = prometheusSource.open("metrics", options, {
      nowMs: () => nowMs,
      stdin: (async function* () {})(),
    });
    const hands = new RecordedHands(resumeFrom);
    running.push(runSource(source, hands).stop);
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

  test("what is scraped from a page is told once the hour is over", async () => {
    while (page.scrapes < 2) await sleep(50);
    // The hour under way, and the one after it should it begin meanwhile, as if both were over.
    const hands = observe({ sinceHours: 2 }, undefined, (thisHour + 2) * hourMs + 60_000);
    await hands.until(() => hands.position === `{"nextHour":${thisHour + 2}}`);
    expect(hands.coarse.map((row) => told(row).replace(/^hour \d+: /, ""))).toContain(
      "web/Deployment/front → EXT:saas seen, 84 kB",
    );
  });

  test("a front that wants TLS and a token gets both, and only what it asks for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "postern-prometheus-front-"));
    const authority = issueCertificate({ commonName: "authority", isAuthority: true });
    const front = issueCertificate({ commonName: "thanos", hosts: ["127.0.0.1"] }, authority);
    const file = (name: string, content: string): string => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };
    const tokenFile = file("token", "sesame-1\n");
    const server = createSecureServer({ cert: front.cert, key: front.key }, (request, response) => {
      const isKnown = request.headers.authorization === "Bearer sesame-2";
      if (!isKnown) response.writeHead(401).end("Unauthorized");
      else void fetch(`${prometheus.url}${request.url}`).then(async (answer) => response.end(await answer.text()));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    running.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(folder, { recursive: true });
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const hands = observe({ url, tokenFile, tls: { caFile: file("ca.pem", authority.cert) } });
    await hands.until(() => hands.states.some((state) => state.includes("HTTP 401 (check the token and its rights)")));
    expect(hands.coarse).toEqual([]);
    file("token", "sesame-2\n");
    await hands.until(() => isDone(hands));
    expect(hands.coarse).toHaveLength(13);
    expect(hands.states.join()).not.toContain("sesame");
    const stranger = observe({
      url,
      tokenFile,
      tls: { caFile: file("other.pem", issueCertificate({ commonName: "x" }).cert) },
    });
    await stranger.until(() => stranger.states.length > 0);
    expect(stranger.states[0]).toMatch(
      /^retrying: Prometheus: `127.0.0.1:\d+` cannot be asked \(.*\); check `url` and `tls`$/,
    );
  });

  test("a server that is none of Prometheus's is told", async () => {
    const hands = observe({ url: `${prometheus.url}/graph` });
    await hands.until(() => hands.states.length > 0);
    expect(hands.states[0]).toMatch(/^retrying: Prometheus: /);
    expect(hands.coarse).toEqual([]);
  });
});
