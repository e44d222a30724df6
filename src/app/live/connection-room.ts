import { Share } from "./share.ts";

/** A connection, as far as it matters here. */
export interface Connection {
  destroy(): unknown;
  once(event: "close", listener: () => void): unknown;
}

/**
 * The connections of a server, at most so many. Whoever has shown who he is keeps his place; of all others the one that has
 * been there for longest makes room for the next, so that nobody keeps others out by connecting and saying nothing.
 */
export class ConnectionRoom {
  readonly #most: number;
  readonly #onCrowdedOut: () => void;
  readonly #share: Share;
  /** By name, the oldest first. */
  readonly #strangers = new Map<string, Connection>();
  readonly #guests = new Map<string, Connection>();

  /** `onCrowdedOut`: told of each connection that is ended, or not taken, because there is no room. */
  constructor(most: number, onCrowdedOut: () => void = () => {}) {
    this.#most = most;
    this.#onCrowdedOut = onCrowdedOut;
    this.#share = new Share(most);
  }

  /** @param name no other open connection has it */
  enter(name: string, connection: Connection): void {
    if (this.#strangers.size + this.#guests.size >= this.#most) {
      this.#onCrowdedOut();
      const [oldest] = this.#strangers;
      if (oldest === undefined) {
        connection.destroy();
        return;
      }
      this.#strangers.delete(oldest[0]);
      oldest[1].destroy();
    }
    this.#strangers.set(name, connection);
    connection.once("close", () => {
      if (this.#strangers.get(name) === connection) this.#strangers.delete(name);
    });
  }

  /** The connection is this client's, who has proven it; half of the room is the most that one client keeps. */
  vouch(name: string, client: string): void {
    const connection = this.#strangers.get(name);
    if (connection === undefined || !this.#share.has(client)) return;
    this.#strangers.delete(name);
    this.#guests.set(name, connection);
    this.#share.take(client);
    connection.once("close", () => {
      if (this.#guests.get(name) === connection) this.#guests.delete(name);
      this.#share.giveBack(client);
    });
  }

  /** Ends them all. */
  clear(): void {
    for (const connection of [...this.#strangers.values(), ...this.#guests.values()]) connection.destroy();
  }
}
