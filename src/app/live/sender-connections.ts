import type { Socket } from "node:net";
import type { SourceHands } from "./live-source.ts";
import type { SenderGate } from "./sender-gate.ts";
import { Share } from "./share.ts";

/** The connections of a source that is sent to: of those who may send, at most so many, and half of them of one sender. */
export class SenderConnections {
  readonly #most: number;
  readonly #role: string;
  readonly #gate: SenderGate;
  readonly #hands: Pick<SourceHands, "malformed">;
  readonly #shares: Share;
  readonly #open = new Set<Socket>();

  /** @param role who sends, as in `an exporter` */
  constructor(most: number, role: string, gate: SenderGate, hands: Pick<SourceHands, "malformed">) {
    this.#most = most;
    this.#role = role;
    this.#gate = gate;
    this.#hands = hands;
    this.#shares = new Share(most);
  }

  get count(): number {
    return this.#open.size;
  }

  /** @returns whether the connection stays; one that does not is ended, and counted */
  admit(socket: Socket): boolean {
    // A connection that is reset is over, and no trouble of ours.
    socket.on("error", () => undefined);
    const sender = this.#gate.admit(socket.remoteAddress ?? "");
    if (sender === undefined) {
      socket.destroy();
      return false;
    }
    const why =
      this.#open.size >= this.#most
        ? "a connection beyond `maxConnections`"
        : this.#shares.has(sender)
          ? undefined
          : `a connection of ${this.#role} that has half of \`maxConnections\``;
    if (why !== undefined) {
      this.#hands.malformed(why, new TextEncoder().encode(sender));
      socket.destroy();
      return false;
    }
    this.#open.add(socket);
    this.#shares.take(sender);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#shares.giveBack(sender);
    });
    return true;
  }

  /** Ends them all. */
  close(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
