import type { Socket } from "node:net";
import type { SourceHands } from "../../app/live/live-source.ts";
import { SenderConnections } from "../../app/live/sender-connections.ts";
import type { SenderGate } from "../../app/live/sender-gate.ts";
import type { FlowExportDecoder } from "../../pipeline/sources/flow-export/decode.ts";
import { IpfixFramer } from "../../pipeline/sources/flow-export/ipfix-framer.ts";
import type { StreamEvents } from "./stream-server.ts";

/** A message is sent in one go: who takes longer for one is no exporter, or holds a connection for nothing. */
export const messagePatienceMs = 30_000;
const keepAliveMs = 60_000;

/** One connection: its decoder has its templates, which hold until it ends (RFC 7011 section 8). */
interface Session {
  readonly socket: Socket;
  readonly decoder: FlowExportDecoder;
  readonly framer: IpfixFramer;
  /** When the message that has not come whole began; -1 when there is none. */
  pendingSinceMs: number;
}

export interface SessionSurroundings {
  readonly gate: SenderGate;
  readonly hands: SourceHands;
  readonly maxConnections: number;
  readonly idleMs: number;
  nowMs(): number;
  /** For what one connection from this address brings. */
  openDecoder(address: string): FlowExportDecoder;
  /** A broken invariant. */
  broken(error: unknown): void;
}

/** The IPFIX transport sessions of all exporters that connect, within limits. */
export class TransportSessions implements StreamEvents {
  private readonly around: SessionSurroundings;
  /** Shaking hands, or at work. */
  private readonly connections: SenderConnections;
  private readonly sessions = new Set<Session>();

  constructor(around: SessionSurroundings) {
    this.around = around;
    this.connections = new SenderConnections(around.maxConnections, "an exporter", around.gate, around.hands);
  }

  get count(): number {
    return this.connections.count;
  }

  get decoders(): readonly FlowExportDecoder[] {
    return [...this.sessions].map(({ decoder }) => decoder);
  }

  connected(socket: Socket): void {
    if (!this.connections.admit(socket)) return;
    socket.setKeepAlive(true, keepAliveMs);
    socket.setTimeout(this.around.idleMs, () => socket.destroy());
  }

  ready(socket: Socket): void {
    const address = socket.destroyed ? undefined : this.around.gate.admit(socket.remoteAddress ?? "");
    if (address === undefined) return;
    const decoder = this.around.openDecoder(address);
    const port = socket.remotePort ?? 0;
    const framer = new IpfixFramer((message) => {
      session.pendingSinceMs = -1;
      decoder.decode(message, address, port, this.around.nowMs());
    });
    const session: Session = { socket, decoder, framer, pendingSinceMs: -1 };
    this.sessions.add(session);
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => this.take(session, bytes));
    socket.once("close", (hadError) => this.end(session, hadError));
  }

  trouble(reason: string, error: Error): void {
    this.around.hands.malformed(reason, new TextEncoder().encode(error.message));
  }

  /** Ends connections on which a message does not come to its end. */
  check(): void {
    const nowMs = this.around.nowMs();
    for (const { socket, pendingSinceMs } of this.sessions) {
      if (pendingSinceMs >= 0 && !socket.isPaused() && nowMs - pendingSinceMs > messagePatienceMs) socket.destroy();
    }
  }

  close(): void {
    this.connections.close();
    for (const session of this.sessions) this.end(session, false);
  }

  private take(session: Session, bytes: Buffer): void {
    const { hands } = this.around;
    const { socket, framer } = session;
    hands.received(bytes.length);
    try {
      if (!framer.push(bytes)) {
        hands.malformed("a stream that is not IPFIX, so that its connection was ended", bytes);
        this.end(session, true);
        socket.destroy();
        return;
      }
    } catch (error) {
      this.around.broken(error);
      return;
    }
    socket.pause();
    void this.resume(session);
  }

  private async resume(session: Session): Promise<void> {
    const { socket, framer } = session;
    await this.around.hands.room();
    // Time that passed while nothing was read is not the sender's.
    if (framer.held === 0) session.pendingSinceMs = -1;
    else if (session.pendingSinceMs < 0) session.pendingSinceMs = this.around.nowMs();
    socket.resume();
  }

  /** Without effect for one that has ended. */
  private end(session: Session, isBroken: boolean): void {
    if (!this.sessions.delete(session)) return;
    const { hands } = this.around;
    const { framer, decoder } = session;
    if (framer.held > 0) hands.malformed("a message cut off by the end of its connection", new Uint8Array(0));
    if (isBroken || framer.held > 0) hands.outage();
    decoder.finish();
  }
}
