import type { SourceHands } from "../../app/live/live-source.ts";
import type { SenderGate } from "../../app/live/sender-gate.ts";
import { count } from "../../core/count-words.ts";
import type { FlowExportDecoder } from "../../pipeline/sources/flow-export/decode.ts";
import type { OpenSocket } from "./datagram-socket.ts";
import type { ExporterLedger } from "./exporter-ledger.ts";
import { kernelDrops } from "./kernel-drops.ts";
import type { TransportSessions } from "./transport-sessions.ts";

/** Counts in a message grow all the time: that alone is told so often at most. */
const sameNewsEveryMs = 60_000;

export interface WatchedParts {
  readonly gate: SenderGate;
  readonly ledger: ExporterLedger;
  /** Of datagrams. */
  readonly decoder: FlowExportDecoder;
  readonly streams: TransportSessions;
  readonly askedBufferBytes: number;
}

/** How the source stands, in words: where it listens, who is heard, and every reason why flows may be missing. */
export class SourceState {
  private readonly hands: SourceHands;
  private readonly parts: WatchedParts;
  private placeCount: number;
  private readonly sockets = new Set<OpenSocket>();
  /** Why a place is not listened at, by place. */
  private readonly failures = new Map<string, string>();
  private drops = 0;
  private told = "";
  private toldSigns = "";
  private toldAtMs = Number.NEGATIVE_INFINITY;

  /** @param placeCount where it is to listen */
  constructor(hands: SourceHands, placeCount: number, parts: WatchedParts) {
    this.hands = hands;
    this.placeCount = placeCount;
    this.parts = parts;
  }

  opened(socket: OpenSocket, nowMs: number): void {
    this.sockets.add(socket);
    this.failures.delete(socket.name);
    this.tellWhenComplete(nowMs);
  }

  closed(socket: OpenSocket): void {
    this.sockets.delete(socket);
  }

  failed(place: string, why: string, nowMs: number): void {
    this.failures.set(place, why);
    this.tellWhenComplete(nowMs);
  }

  /** A place that this machine does not have: not every one has addresses of both families. */
  absent(nowMs: number): void {
    this.placeCount -= 1;
    this.tellWhenComplete(nowMs);
  }

  async check(nowMs: number): Promise<void> {
    const datagramSockets = [...this.sockets].filter(({ receiveBufferBytes }) => receiveBufferBytes !== undefined);
    this.drops = (await kernelDrops(new Set(datagramSockets.map(({ port }) => port)))) ?? this.drops;
    if (this.sockets.size > 0) this.tell(nowMs);
  }

  /** Places are opened one after the other, and are one piece of news. */
  private tellWhenComplete(nowMs: number): void {
    const settled = this.sockets.size + this.failures.size;
    if (settled > 0 && settled >= this.placeCount) this.tell(nowMs);
  }

  private tell(nowMs: number): void {
    const parts = this.words();
    const message = parts.join("; ");
    // The same kinds of news with other numbers.
    const signs = message.replaceAll(/\d+/g, "0");
    if (message === this.told || (signs === this.toldSigns && nowMs - this.toldAtMs < sameNewsEveryMs)) return;
    this.told = message;
    this.toldSigns = signs;
    this.toldAtMs = nowMs;
    this.hands.state(this.failures.size > 0 ? "retrying" : "running", message);
  }

  private words(): readonly string[] {
    const { gate, ledger, decoder, streams, askedBufferBytes } = this.parts;
    const decoders = [decoder, ...streams.decoders];
    const words: string[] = [];
    for (const [place, why] of this.failures) words.push(`cannot listen on ${place}: ${why}`);
    const names = [...this.sockets].map(({ name }) => name).toSorted();
    if (names.length > 0) words.push(`listening on ${names.join(", ")}`);
    words.push(`${count(ledger.exporterCount, "exporter")} heard`);
    if (streams.count > 0) words.push(count(streams.count, "connection"));
    const stale = decoders.flatMap(({ staleExporters }) => staleExporters);
    if (stale.length > 0) {
      words.push(
        `${stale[0]} is flowlogs-pipeline, whose IPFIX mixes ports and names of different flows: use its Kafka exporter`,
      );
    }
    const waitingSets = decoders.reduce((sum, one) => sum + one.waitingSets, 0);
    if (waitingSets > 0) words.push(`${waitingSets} sets wait for their template, which exporters repeat`);
    const { worst } = ledger;
    if (worst !== undefined) words.push(`${worst.address} sent ${worst.count} things that cannot be read`);
    if (gate.refused > 0) {
      words.push(
        `${gate.refused} datagrams or connections refused, the last from ${gate.lastRefused}, which is not in \`exporters\``,
      );
    }
    if (this.drops > 0) {
      words.push(`the kernel dropped ${this.drops} datagrams: raise \`receiveBufferBytes\` and \`net.core.rmem_max\``);
    }
    const smallest = Math.min(...[...this.sockets].map(({ receiveBufferBytes: given = askedBufferBytes }) => given));
    if (smallest < askedBufferBytes) {
      words.push(`receive buffers have ${smallest} of ${askedBufferBytes} bytes: raise \`net.core.rmem_max\``);
    }
    return words;
  }
}
