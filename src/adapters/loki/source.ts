import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import { HttpFailure, type HttpServer, httpTrouble } from "../../app/live/http-get.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { countLines } from "./line-count.ts";
import type { LokiOptions } from "./options.ts";
import { fetchPage, type LokiPage } from "./page.ts";
import { queryOf } from "./query.ts";
import { LokiReading } from "./reading.ts";
import type { LokiTail } from "./tail.ts";
import type { TimeWindow } from "./time-windows.ts";

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
  private readonly query: string;
  private readonly backOff = new BackOff();
  private tail: LokiTail | undefined;
  /** The server's clock minus ours; lines have the cluster's times. */
  private skewMs = 0;

  constructor(name: string, options: LokiOptions, machine: SourceMachine) {
    this.name = name;
    this.options = options;
    this.machine = machine;
    this.query = queryOf(options);
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
    const { pollSeconds, follow } = this.options;
    const reading = new LokiReading(this.options, this.machine.nowMs(), hands);
    const tail = follow === "tail" ? await this.newTail(hands) : undefined;
    this.tail = tail;
    try {
      while (!signal.aborted) {
        if (tail === undefined) await this.askForAll(reading, hands, signal);
        else await this.lookBesideTail(reading, tail, hands, signal);
        await pause(pollSeconds * 1000, signal);
      }
    } finally {
      tail?.close();
    }
  }

  private async newTail(hands: SourceHands): Promise<LokiTail> {
    // Who polls does without the websocket library's memory.
    const { LokiTail } = await import("./tail.ts");
    return new LokiTail(this.server, this.query, hands.received.bind(hands));
  }

  /** By the server's clock, in whole seconds: spans then can be compared second by second. */
  private nowMs(): number {
    return Math.floor((this.machine.nowMs() + this.skewMs) / 1000) * 1000;
  }

  /** Every page up to the present. */
  private async askForAll(reading: LokiReading, hands: SourceHands, signal: AbortSignal): Promise<void> {
    const { windows } = reading;
    reading.begin();
    windows.look(this.nowMs());
    for (let window = windows.next(); window !== undefined && !signal.aborted; window = windows.next()) {
      const page = await this.ask(window, reading, hands, signal);
      if (page !== undefined) {
        reading.takePage(page, window);
        await hands.room();
      }
    }
  }

  /** Takes what the tail brought when that is all there is, as Loki counts; else asks. */
  private async lookBesideTail(
    reading: LokiReading,
    tail: LokiTail,
    hands: SourceHands,
    signal: AbortSignal,
  ): Promise<void> {
    const { windows } = reading;
    const nowMs = this.nowMs();
    reading.takeTailed(tail.takeBefore(windows.position), nowMs);
    reading.begin();
    const span = windows.lookedAt(nowMs);
    const isWhole = !tail.takeDropped() && tail.isOpen;
    if (span !== undefined && isWhole && (await this.hasAll(span, reading, tail, signal)) && tail.isOpen) {
      windows.passTo(span.to);
      reading.takeTailed(tail.takeBefore(span.to), nowMs);
      this.backOff.reset();
      this.tell(hands);
      await hands.room();
    } else await this.askForAll(reading, hands, signal);
    if (!signal.aborted) await tail.keepOpen(this.nowMs(), signal);
    this.tell(hands);
  }

  private async hasAll(
    span: Pick<TimeWindow, "from" | "to">,
    reading: LokiReading,
    tail: LokiTail,
    signal: AbortSignal,
  ): Promise<boolean> {
    const ours = reading.countWith(tail.waiting, span);
    try {
      return (await countLines(this.server, this.query, span, signal)) === ours;
    } catch (error) {
      if (error instanceof CredentialsError) throw error;
      // What is wrong will be told by the queries for the lines themselves.
      return false;
    }
  }

  /** One attempt; what went wrong is told and waited for. */
  private async ask(
    window: TimeWindow,
    { windows }: LokiReading,
    hands: SourceHands,
    signal: AbortSignal,
  ): Promise<LokiPage | undefined> {
    try {
      const page = await fetchPage(this.server, this.query, window, signal);
      this.backOff.reset();
      hands.received(page.bytes);
      const skewMs = page.dateMs === undefined ? 0 : page.dateMs - this.machine.nowMs();
      this.skewMs = Math.abs(skewMs) > toleratedSkewMs ? skewMs : 0;
      this.tell(hands);
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
      await pause(this.backOff.nextMs(failure?.retryAfterMs), signal);
      return undefined;
    }
  }

  /** That it works, and what a person may want to know nevertheless. */
  private tell(hands: SourceHands): void {
    const { skewMs, tail } = this;
    const { host } = this.server.url;
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    const side = skewMs > 0 ? "ahead of" : "behind";
    const told = [
      ...(skewMs === 0 ? [] : [`the clock of \`${host}\` is ${seconds} s ${side} this one`]),
      ...(tail === undefined || tail.trouble === ""
        ? []
        : [`\`${host}\` does not let itself be tailed and is polled meanwhile: ${tail.trouble}`]),
    ];
    hands.state("running", told.join("; "));
  }
}
