import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError, readTls } from "../../app/live/credentials.ts";
import type { ListenPlace } from "../../app/live/listen-place.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { SenderConnections } from "../../app/live/sender-connections.ts";
import { SenderGate } from "../../app/live/sender-gate.ts";
import { SyslogFrames } from "../../pipeline/sources/syslog/frames.ts";
import type { SyslogOptions } from "./options.ts";
import { Senders } from "./senders.ts";
import { UdpDrops } from "./udp-drops.ts";

const kind = "ovn-acl-syslog";
/** Longer than any audit line, JSON around it included. */
const longestMessage = 64 << 10;
/** The lines that one packet causes come closer together; more than a batch of UDP messages is not gathered. */
const settleMs = 50;
/** So often, in looks, the kernel is asked what it had no room for. */
const looksPerCount = 20;
/** So often the certificate files are read again. */
const renewMs = 60_000;
/** Who does not shake hands in that time is nobody's sender. */
const handshakeMs = 10_000;
const caution = "OVN leaves out lines above its rate limit and does not say so, so what is missing proves nothing";

export const aclSyslogSource: LiveSourceKind<SyslogOptions> = {
  kind,
  summary: "OVN's ACL audit log sent as syslog over UDP, TCP or TLS; always incomplete",
  options: async () => (await import("./options.ts")).syslogOptions,
  open: (name, options, machine) => new SyslogSource(name, options, machine),
};

class SyslogSource implements LiveSource {
  readonly name: string;
  readonly kind = kind;
  readonly hasPositions = false;
  private readonly options: SyslogOptions;
  private readonly machine: SourceMachine;

  constructor(name: string, options: SyslogOptions, machine: SourceMachine) {
    this.name = name;
    this.options = options;
    this.machine = machine;
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const backOff = new BackOff();
    while (!signal.aborted) {
      const listening = new SyslogListening(this.options, hands, () => this.machine.nowMs());
      try {
        const places = await listening.open();
        hands.state("running", `listens at ${places.join(", ")}; ${caution}`);
        backOff.reset();
        await listening.settleUntil(signal);
      } catch (error) {
        if (error instanceof CredentialsError) throw error;
        hands.state("retrying", `cannot listen: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        listening.close();
      }
      if (!signal.aborted) await pause(backOff.nextMs(), signal);
    }
  }
}

/** All sockets of one time of listening; one that fails ends all. */
class SyslogListening {
  private readonly options: SyslogOptions;
  private readonly hands: SourceHands;
  private readonly gate: SenderGate;
  private readonly senders: Senders;
  private readonly closers: (() => void)[] = [];
  private readonly connections: SenderConnections;
  /** Aborts with the error of the first socket that fails. */
  private readonly broken = new AbortController();
  private refusedTold = 0;
  private readonly drops: UdpDrops[] = [];

  constructor(options: SyslogOptions, hands: SourceHands, nowMs: () => number) {
    this.options = options;
    this.hands = hands;
    this.gate = new SenderGate(options.senders);
    this.connections = new SenderConnections(options.maxConnections, "a sender", this.gate, hands);
    this.senders = new Senders(hands, nowMs);
  }

  /** @returns what is listened at, for people */
  async open(): Promise<readonly string[]> {
    const { udp, tcp, tls, certificate } = this.options;
    const names: string[] = [];
    for (const place of udp) names.push(await this.openUdp(place));
    for (const place of tcp) {
      names.push(await this.openTcp(createTcpServer({ pauseOnConnect: false }), "connection", place, "tcp"));
    }
    if (tls.length === 0 || certificate === undefined) return names;
    const { certFile, keyFile, clientCaFile } = certificate;
    const material = await readTls({ certFile, keyFile, caFile: clientCaFile });
    for (const place of tls) {
      const isMutual = clientCaFile !== undefined;
      const server = createTlsServer({
        ...material,
        requestCert: isMutual,
        rejectUnauthorized: isMutual,
        handshakeTimeout: handshakeMs,
      });
      server.on("tlsClientError", (error, socket) => {
        this.hands.malformed("a TLS handshake failed", Buffer.from(error.message));
        socket.destroy();
      });
      const renewing = setInterval(() => void this.renew(server), renewMs);
      this.closers.push(() => clearInterval(renewing));
      names.push(await this.openTcp(server, "secureConnection", place, "tls"));
    }
    return names;
  }

  /** Certificates are replaced while we listen; new connections get the new one, or the old one while it cannot be read. */
  private async renew(server: TlsServer): Promise<void> {
    const { certificate } = this.options;
    if (certificate === undefined) return;
    const { certFile, keyFile, clientCaFile } = certificate;
    try {
      server.setSecureContext(await readTls({ certFile, keyFile, caFile: clientCaFile }));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.hands.malformed("a renewed certificate cannot be used", Buffer.from(why));
    }
  }

  /** Hands over what came, a little later. Rejects when a socket fails. */
  async settleUntil(signal: AbortSignal): Promise<void> {
    // Not a race against one promise for the failure: that would keep every round.
    const over = AbortSignal.any([signal, this.broken.signal]);
    for (let looks = 1; !signal.aborted; looks += 1) {
      await pause(settleMs, over);
      this.broken.signal.throwIfAborted();
      this.senders.settle();
      this.tellRefused();
      if (looks % looksPerCount === 0) await this.tellDropped();
    }
    await this.tellDropped();
  }

  close(): void {
    for (const close of this.closers.splice(0)) close();
    this.connections.close();
    this.senders.finish();
  }

  private async openUdp({ address, port }: ListenPlace): Promise<string> {
    const family = address === undefined || address.includes(":") ? "udp6" : "udp4";
    const socket = createSocket({ type: family, recvBufferSize: 4 << 20 });
    this.closers.push(() => void socket.close());
    socket.on("message", (message, { address: from }) => {
      const sender = this.gate.admit(from);
      if (sender === undefined) return;
      this.hands.received(message.length);
      this.senders.take(sender, message);
    });
    socket.bind({ port, ...(address === undefined ? {} : { address }) });
    await once(socket, "listening");
    socket.once("error", (error) => this.broken.abort(error));
    this.drops.push(new UdpDrops(socket.address()));
    return `udp ${placeName(socket.address())}`;
  }

  private async openTcp(
    server: Server,
    event: "connection" | "secureConnection",
    { address, port }: ListenPlace,
    protocol: string,
  ): Promise<string> {
    this.closers.push(() => void server.close());
    // Before TLS: who may not send costs no handshake, and what is open is counted while shaking hands.
    server.on("connection", (socket: Socket) => this.admit(socket));
    server.on(event, (socket: Socket) => this.read(socket));
    server.listen({ port, ...(address === undefined ? {} : { host: address }) });
    await once(server, "listening");
    server.once("error", (error) => this.broken.abort(error));
    const bound = server.address();
    return `${protocol} ${typeof bound === "object" && bound !== null ? placeName(bound) : ""}`;
  }

  private admit(socket: Socket): void {
    if (!this.connections.admit(socket)) return;
    socket.setTimeout(this.options.idleSeconds * 1000, () => socket.destroy());
  }

  private read(socket: Socket): void {
    const sender = socket.destroyed ? undefined : this.gate.admit(socket.remoteAddress ?? "");
    if (sender === undefined) return;
    const frames = new SyslogFrames(
      longestMessage,
      (message) => this.senders.take(sender, message),
      (message) => this.hands.malformed("longer than 64 KiB", message),
    );
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      this.hands.received(bytes.length);
      frames.push(bytes);
      socket.pause();
      void this.hands.room().then(() => socket.resume());
    });
    socket.once("close", () => frames.finish());
  }

  private async tellDropped(): Promise<void> {
    for (const drops of this.drops) {
      const lost = await drops.more();
      if (lost > 0) this.hands.lost(lost);
    }
  }

  /** Who is refused is counted, once for each look, with an example. */
  private tellRefused(): void {
    const { refused, lastRefused } = this.gate;
    for (; this.refusedTold < refused; this.refusedTold += 1) {
      this.hands.malformed("from somebody who is not among `senders`", Buffer.from(lastRefused));
    }
  }
}

function placeName({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
