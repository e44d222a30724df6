import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import { httpGet, HttpFailure, type HttpServer, httpTrouble } from "../../app/live/http-get.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { type CoarseMetric, coarseMetrics, samplingQuery } from "./metrics.ts";
import type { PrometheusOptions } from "./options.ts";
import { parseVector, type Sample, type Vector } from "./vector.ts";

const kind = "prometheus";
const hourMs = 3_600_000;
/** How often it is looked whether an hour has ended. */
const lookMs = 30_000;
/** A vector of more is cut, and the rest counted as lost: an observer keeps no more rows between two sealings. */
const maxSamples = 20_000;
/** How Prometheus refuses a query that it began: one with too many samples, say. */
const unprocessable = 422;
const nothing = new Uint8Array(0);

export const prometheusSource: LiveSourceKind<PrometheusOptions> = {
  kind,
  summary: "who sends anything out at all, from metrics of NetObserv and Hubble in Prometheus; a coarse baseline",
  options: async () => (await import("./options.ts")).prometheusOptions,
  open: (name, options, machine) => new PrometheusSource(name, options, machine),
};

/** What was answered of an hour. */
interface HourOfMetrics {
  readonly answers: readonly { readonly metric: CoarseMetric; readonly samples: readonly Sample[] }[];
  /** Undefined when the agents' metrics are not to be had. */
  readonly sampling: number | undefined;
  /** What the server says is missing; empty when nothing is. */
  readonly warning: string;
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
        this.take(await this.askForHour(hour, hands, signal), hour, hands);
        backOff.reset();
      } catch (error) {
        if (error instanceof CredentialsError) throw error;
        if (signal.aborted) return;
        const failure = error instanceof HttpFailure ? error : undefined;
        // Asking again would only bring the same: this hour is more than may be answered, or than the server computes.
        const isHopeless = failure?.status === 0 || failure?.status === unprocessable;
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
  private async askForHour(hour: number, hands: SourceHands, signal: AbortSignal): Promise<HourOfMetrics> {
    const answers: { metric: CoarseMetric; samples: readonly Sample[] }[] = [];
    let sampling: number | undefined;
    let warning = "";
    const ask = async (query: string, namespace: string | undefined): Promise<readonly Sample[]> => {
      const vector = await this.ask(query, hour, namespace, hands, signal);
      if (warning === "") ({ warning } = vector);
      return vector.samples;
    };
    for (const namespace of this.options.namespaces ?? [undefined]) {
      for (const metric of this.metrics) answers.push({ metric, samples: await ask(metric.query, namespace) });
      for (const { value } of await ask(samplingQuery, namespace)) {
        if (Number.isFinite(value)) sampling = Math.max(sampling ?? 1, value);
      }
    }
    return { answers, sampling, warning };
  }

  private async ask(
    query: string,
    hour: number,
    namespace: string | undefined,
    hands: SourceHands,
    signal: AbortSignal,
  ): Promise<Vector> {
    const asked = new URLSearchParams({ query, time: String((hour + 1) * (hourMs / 1000)) });
    if (namespace !== undefined) asked.set("namespace", namespace);
    const pieces: Uint8Array[] = [];
    await httpGet(this.server, "/api/v1/query", asked, signal, (piece) => {
      hands.received(piece.length);
      pieces.push(piece);
    });
    const vector = parseVector(Buffer.concat(pieces).toString("utf8"));
    if (!vector.ok) throw new Error(vector.error);
    return vector.value;
  }

  private take({ answers, sampling, warning }: HourOfMetrics, hour: number, hands: SourceHands): void {
    let rows = 0;
    let isUnscaled = false;
    for (const { metric, samples } of answers) {
      for (const { labels, value } of samples) {
        const row = metric.row(labels);
        if (row === undefined || !Number.isFinite(value) || value < 0) {
          hands.malformed("a sample without a workload or a count", nothing);
        } else if (rows >= maxSamples) {
          hands.lost(1);
        } else {
          rows += 1;
          if (metric.isSampled && sampling === undefined) isUnscaled = true;
          const count = Math.round(value * (metric.isSampled ? (sampling ?? 1) : 1));
          const [flows, bytes] = metric.counts === "flows" ? [count, undefined] : [undefined, count];
          hands.takeCoarse({ ...row, atMs: hour * hourMs, flows, bytes });
        }
      }
    }
    if (warning !== "") hands.outage();
    const told = [
      ...(warning === "" ? [] : [`the server says that something is missing: ${warning}`]),
      ...(sampling !== undefined && sampling > 1
        ? [`bytes are multiplied by ${sampling}, as agents look at 1 packet in ${sampling}`]
        : isUnscaled
          ? ["the agents' sampling is not known, so bytes are as they were counted, perhaps of few packets"]
          : []),
      rows === 0
        ? "no metrics of workloads' egress in the last hour asked for"
        : "coarse: workloads that send anything out, without addresses",
    ];
    hands.state("running", told.join("; "));
  }
}

function formatPosition(hour: number): string {
  return JSON.stringify({ nextHour: hour });
}

function parsePosition(text: string | undefined): number | undefined {
  const found = /^\{"nextHour":(\d{1,7})\}$/.exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}
