import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const patienceMs = 30_000;

/** A UDP port on loopback that keeps what exporters send there, so that two collectors can be given the same datagrams. */
export class Recorder {
  readonly datagrams: Buffer[] = [];
  readonly port: number;
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.port = socket.address().port;
    socket.on("message", (bytes) => this.datagrams.push(bytes));
  }

  static async open(): Promise<Recorder> {
    const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 22 });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new Recorder(socket);
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let waitedMs = 0; !isSo(); waitedMs += 20) {
      if (waitedMs > patienceMs) throw new Error(`waited in vain after ${this.datagrams.length} datagrams`);
      await sleep(20);
    }
  }

  /** Sends everything on: what real programs made of so few packets fits into anybody's buffer. */
  async replay(port: number): Promise<void> {
    for (const one of this.datagrams) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.socket.send(one, port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error)));
      await promise;
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, "close");
  }
}
