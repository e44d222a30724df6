import { randomInt } from "node:crypto";
import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import { HttpFailure, type HttpServer, httpTrouble } from "../../app/live/http-get.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { NetobservDecoder } from "../../pipeline/sources/netobserv/decode.ts";
import { recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import { RecordFeeder } from "../../pipeline/sources/record-feeder.ts";
import { type LokiOptions, queryOf } from "./options.ts";
import { fetchPage, type LokiPage } from "./page.ts";
import { formatPosition, parsePosition } from "./position.ts";
import { RecentLines } from "./recent-lines.ts";
import { TimeWindows, type TimeWindow } from "./time-windows.ts";

const kind = "netobserv-loki";
/** Clocks of good will differ by less. */
const toleratedSkewMs = 5000;

export const netobservLoki: LiveSourceKind<LokiOptions> = {
  kind,
  summary: "flow records of NetObserv from Loki, with or without the gateway of a LokiStack",
  options: async () => (await import("./options.ts")).lokiOptions,
  open: (name, options, machine) => new LokiSource(name, options, machine),
};

class LokiSource implements LiveSource {
  readonly name: string;
  readonly kind = kind;
  private readonly options: LokiOptions;
  private readonly machine: SourceMachine;
  private readonly server: HttpServer;
  private recent = new RecentLines(randomInt(2 ** 32));
  /** The server's clock minus ours; lines have the cluster's times. */
  private skewMs = 0;

  constructor(name: string, options: LokiOptions, machine: SourceMachine) {
    this.name = name;
    this.options = options;
    this.machine = machine;
    this.server = {
      url: new URL(options.url),
      tls: options.tls,
      tokenFile: options.tokenFile,
      headers: options.tenant === undefined ? {} : { "x-scope-orgid": options.tenant },
      timeoutMs: options.timeoutSeconds * 1000,
      maxResponseBytes: options.maxAnswerMiB << 20,
    };
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const { sinceMinutes, delaySeconds, overlapSeconds, limit, pollSeconds } = this.options;
    const beginMs = this.machine.nowMs() - Math.max(sinceMinutes * 60, delaySeconds) * 1000;
    const { before: begin, recent } = parsePosition(hands.resumeFrom) ?? {
      before: BigInt(beginMs) * 1_000_000n,
      recent: undefined,
    };
    if (recent !== undefined) {
      this.recent = new RecentLines(recent.key);
      this.recent.restore(recent);
    }
    const spans = { delayMs: delaySeconds * 1000, overlapMs: overlapSeconds * 1000, limit };
    const windows = new TimeWindows(begin, spans, recent?.since);
    const feeder = new RecordFeeder(new NetobservDecoder(hands.take), (error, sample) =>
      hands.malformed(recordErrorText[error], sample),
    );
    const backOff = new BackOff();
    hands.reached(this.positionAt(windows));
    while (!signal.aborted) {
      windows.look(this.machine.nowMs() + this.skewMs);
      for (let window = windows.next(); window !== undefined && !signal.aborted; window = windows.next()) {
        const page = await this.ask(window, windows, backOff, hands, signal);
        if (page !== undefined) {
          this.take(page, window, windows, feeder, hands);
          await hands.room();
        }
      }
      await pause(pollSeconds * 1000, signal);
    }
  }

  /** One attempt; what went wrong is told and waited for. */
  private async ask(
    window: TimeWindow,
    windows: TimeWindows,
    backOff: BackOff,
    hands: SourceHands,
    signal: AbortSignal,
  ): Promise<LokiPage | undefined> {
    try {
      const page = await fetchPage(this.server, queryOf(this.options), window, signal);
      backOff.reset();
      hands.received(page.bytes);
      this.compareClocks(page, hands);
      return page;
    } catch (error) {
      if (error instanceof CredentialsError) throw error;
      if (signal.aborted) return undefined;
      const failure = error instanceof HttpFailure ? error : undefined;
      const isTooMuch = failure?.status === 0 || (failure?.status === 400 && /max.?entries/i.test(failure.message));
      if (isTooMuch && windows.askForFewer()) return undefined;
      // A server that is out of breath may manage a shorter span.
      windows.narrow();
      hands.state("retrying", `Loki: ${httpTrouble(error, this.server)}`);
      await pause(backOff.nextMs(failure?.retryAfterMs), signal);
      return undefined;
    }
  }

  /** INVARIANT (prefix): takes and says the position in one go. */
  private take(
    { entries }: LokiPage,
    window: TimeWindow,
    windows: TimeWindows,
    feeder: RecordFeeder,
    hands: SourceHands,
  ): void {
    const last = entries.at(-1)?.time ?? window.from;
    const { before, isGap } = windows.answered(window, { count: entries.length, last });
    if (isGap) hands.outage();
    for (const { time, line, labelBytes } of entries) {
      if (time >= before) break;
      if (this.recent.add(this.recent.hash(line, labelBytes, time), time)) feeder.add(line);
    }
    feeder.flush();
    windows.forgetBefore(this.recent.forget(windows.oldestAsked));
    hands.reached(this.positionAt(windows));
  }

  private positionAt(windows: TimeWindows): string {
    return formatPosition(windows.position, this.recent.key, this.recent.remember(windows.oldestAsked));
  }

  private compareClocks({ dateMs }: LokiPage, hands: SourceHands): void {
    const skewMs = dateMs === undefined ? 0 : dateMs - this.machine.nowMs();
    this.skewMs = Math.abs(skewMs) > toleratedSkewMs ? skewMs : 0;
    const seconds = Math.round(Math.abs(this.skewMs) / 1000);
    const told = `the clock of \`${this.server.url.host}\` is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} this one`;
    hands.state("running", this.skewMs === 0 ? "" : told);
  }
}
