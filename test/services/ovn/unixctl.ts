import { connect, type Socket } from "node:net";

interface Waiting {
  readonly resolve: (reply: string) => void;
  readonly reject: (error: Error) => void;
}

/** A client of the control socket that every OVS and OVN daemon has: JSON-RPC objects, one after the other. */
export class Unixctl {
  readonly #socket: Socket;
  #pending: Waiting | undefined;
  #received = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => this.#onData(chunk));
    socket.on("error", (error) => this.#settle((waiting) => waiting.reject(error)));
    socket.on("close", () => this.#settle((waiting) => waiting.reject(new Error("the daemon closed its socket"))));
  }

  static open(path: string): Promise<Unixctl> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => {
        socket.off("error", reject);
        resolve(new Unixctl(socket));
      });
      socket.once("error", reject);
    });
  }

  /** One call at a time. */
  call(method: string, ...params: readonly string[]): Promise<string> {
    if (this.#pending !== undefined) throw new Error("a call is still under way");
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(JSON.stringify({ method, params, id: 0 }));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: string): void {
    this.#received += chunk;
    let reply: { readonly result: string | null; readonly error: string | null };
    try {
      reply = JSON.parse(this.#received) as typeof reply;
    } catch {
      return; // not yet whole: there is no length and no separator
    }
    this.#received = "";
    this.#settle((waiting) => {
      if (reply.error === null) waiting.resolve(reply.result ?? "");
      else waiting.reject(new Error(reply.error));
    });
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#pending;
    this.#pending = undefined;
    if (waiting !== undefined) how(waiting);
  }
}
