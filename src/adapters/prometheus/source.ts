import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import { httpGet, HttpFailure, type HttpServer, httpTrouble } from "../../app/live/http-get.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { type CoarseMetric, coarseMetrics, samplingQuery } from "./metrics.ts";
import type { PrometheusOptions } from "./options.ts";
import { parseVector, type Sample } from "./vector.ts";

const kind = "prometheus";
const hourMs = 3_600_000;
/** How often it is looked whether an hour has ended. */
const lookMs = 30_000;
/** A vector of more is cut, and the rest counted as lost: an observer keeps no more rows between two sealings. */
const maxSamples = 20_000;
const nothing = new Uint8Array(0);

export const prometheusSource: LiveSourceKind<PrometheusOptions> = {
  kind,
  summary: "who sends anything out at all, from metrics of NetObserv and Hubble in Prometheus; a coarse baseline",
  options: async () => (await import("./options.ts")).prometheusOptions,
  open: (name, options, machine) => new PrometheusSource(name, options, machine),
};

interface Answered {
  readonly metric: CoarseMetric;
  readonly samples: readonly Sample[];
}

class PrometheusSource implements LiveSource {
  readonly name: string;
  readonly kind = kind;
  private readonly options: PrometheusOptions;
  private readonly machine: SourceMachine;
  private readonly server: HttpServer;
  private readonly metrics: readonly CoarseMetric[];

  constructor(name: string, options: PrometheusOptions, machine: SourceMachine) {
    this.name = name;
    this.options = options;
    this.machine = machine;
    this.metrics = coarseMetrics.filter(({ family }) => options.metrics.includes(family));
    this.server = {
      url: new URL(options.url),
      tls: options.tls,
      tokenFile: options.tokenFile,
      headers: {},
      timeoutMs: options.timeoutSeconds * 1000,
      maxResponseBytes: options.maxAnswerMiB << 20,
    };
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const backOff = new BackOff();
    let hour = parsePosition(hands.resumeFrom) ?? this.hoursEnded() - this.options.sinceHours;
    hands.reached(formatPosition(hour));
    while (!signal.aborted) {
      if (hour >= this.hoursEnded()) {
        await pause(lookMs, signal);
        continue;
      }
      try {
        const [answers, sampling] = await this.askForHour(hour, hands, signal);
        this.take(answers, sampling, hour, hands);
        backOff.reset();
      } catch (error) {
        if (error instanceof CredentialsError) throw error;
        if (signal.aborted) return;
        const failure = error instanceof HttpFailure ? error : undefined;
        // Asking again would only bring the same: this hour is not to be had.
        const isHopeless = failure?.status === 0;
        if (isHopeless) hands.outage();
        hands.state("retrying", `Prometheus: ${httpTrouble(error, this.server)}`);
        if (!isHopeless) {
          await pause(backOff.nextMs(failure?.retryAfterMs), signal);
          continue;
        }
      }
      hour += 1;
      hands.reached(formatPosition(hour));
      await hands.room();
    }
  }

  /** The first hour that is not over, or was a moment ago. */
  private hoursEnded(): number {
    return Math.floor((this.machine.nowMs() - this.options.settleMinutes * 60_000) / hourMs);
  }

  /** All answers of an hour, before anything is taken: half an hour would be counted again. */
  private async askForHour(
    hour: number,
    hands: SourceHands,
    signal: AbortSignal,
  ): Promise<readonly [readonly Answered[], number]> {
    const answers: Answered[] = [];
    let sampling = 1;
    for (const namespace of this.options.namespaces ?? [undefined]) {
      for (const metric of this.metrics) {
        answers.push({ metric, samples: await this.ask(metric.query, hour, namespace, hands, signal) });
      }
      const [rate] = await this.ask(samplingQuery, hour, namespace, hands, signal);
      if (rate !== undefined && rate.value > sampling) sampling = rate.value;
    }
    return [answers, sampling];
  }

  private async ask(
    query: string,
    hour: number,
    namespace: string | undefined,
    hands: SourceHands,
    signal: AbortSignal,
  ): Promise<readonly Sample[]> {
    const asked = new URLSearchParams({ query, time: String((hour + 1) * (hourMs / 1000)) });
    if (namespace !== undefined) asked.set("namespace", namespace);
    const pieces: Uint8Array[] = [];
    await httpGet(this.server, "/api/v1/query", asked, signal, (piece) => {
      hands.received(piece.length);
      pieces.push(piece);
    });
    const samples = parseVector(Buffer.concat(pieces).toString("utf8"));
    if (!samples.ok) throw new Error(samples.error);
    return samples.value;
  }

  private take(answers: readonly Answered[], sampling: number, hour: number, hands: SourceHands): void {
    let rows = 0;
    for (const { metric, samples } of answers) {
      for (const { labels, value } of samples) {
        const row = metric.row(labels);
        if (row === undefined || !Number.isFinite(value) || value < 0) {
          hands.malformed("a sample without a workload or a count", nothing);
        } else if (rows >= maxSamples) {
          hands.lost(1);
        } else {
          rows += 1;
          const count = Math.round(value * (metric.isSampled ? sampling : 1));
          const [flows, bytes] = metric.counts === "flows" ? [count, undefined] : [undefined, count];
          hands.takeCoarse({ ...row, atMs: hour * hourMs, flows, bytes });
        }
      }
    }
    const scaled =
      sampling > 1 ? `bytes are multiplied by ${sampling}, as agents look at 1 packet in ${sampling}; ` : "";
    const told = "coarse: workloads that send anything out, without addresses";
    hands.state(
      "running",
      rows === 0 ? `no metrics of workloads' egress in the last hour asked for` : `${scaled}${told}`,
    );
  }
}

function formatPosition(hour: number): string {
  return JSON.stringify({ nextHour: hour });
}

function parsePosition(text: string | undefined): number | undefined {
  const found = /^\{"nextHour":(\d{1,7})\}$/.exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}
