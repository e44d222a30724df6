import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../../src/main/cli.ts", import.meta.url));

export interface Ran {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function postern(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? undefined, stdout, stderr };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A collector that can be killed and started again at the same address. */
export class Served {
  readonly url: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  /** Everything that any of its lives has said. */
  said = "";

  constructor(port: number, ...args: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`;
    this.#args = ["serve", "--listen", `127.0.0.1:${port}`, "--log-level", "debug", ...args];
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [cli, ...this.#args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let own = "";
    const hear = (text: string): void => {
      this.said += text;
      own += text;
      if (own.includes('"msg":"listening"')) resolve();
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("exit", () => reject(new Error(`the collector ended:\n${own}`)));
    await promise;
  }

  /** @returns the exit code, undefined when the signal ended it */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | undefined> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
    const ended = once(child, "exit") as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await ended;
    return code ?? undefined;
  }
}
