import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { quickFolder } from "../quick-folder.ts";

const programs = "/usr/lib/postgresql/15/bin";
const run = promisify(execFile);

/** What stands in the way; undefined where PostgreSQL is installed. In CI it must be. */
export function lacksPostgres(): boolean {
  const isMissing = !existsSync(join(programs, "initdb"));
  if (isMissing && process.env.CI === "true") {
    throw new Error("PostgreSQL is not installed: run `apt-get install postgresql`");
  }
  return isMissing;
}

export interface PostgresSettings {
  /** Server settings besides its own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of `pg_hba.conf` before those that trust everybody on the socket. */
  readonly access?: string;
  /** Puts files into the server's folder before it starts, readable by it alone. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A PostgreSQL of one's own: socket and data in a temporary folder, no network, gone when closed. */
export class PrivatePostgres {
  readonly folder: string;
  readonly #command: readonly [string, ...string[]];
  readonly #port: string;
  #server: ChildProcess | undefined;
  #places = 0;

  private constructor(folder: string, command: readonly [string, ...string[]], port: string) {
    this.folder = folder;
    this.#port = port;
    this.#command = command;
  }

  static async open({ settings = {}, access = "", files = {} }: PostgresSettings = {}): Promise<PrivatePostgres> {
    const folder = await mkdtemp(join(await quickFolder(), "postern-pg-"));
    const data = join(folder, "data");
    // The server refuses to run as root.
    const isRoot = userInfo().uid === 0;
    const as = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
    const owner = isRoot ? Number((await run("id", ["-u", "postgres"])).stdout) : undefined;
    if (owner !== undefined) await chown(folder, owner, owner);
    const options = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
    const [command, ...args] = [...as, join(programs, "initdb"), ...options];
    await run(command!, args, { cwd: folder });
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(data, name), text, { mode: 0o600 });
      if (owner !== undefined) await chown(join(data, name), owner, owner);
    }
    if (access !== "") await writeFile(join(data, "pg_hba.conf"), `${access}\nlocal all all trust\n`);
    const all = {
      listen_addresses: "",
      unix_socket_directories: folder,
      fsync: "off",
      // A client that is gone is noticed while its query runs, so that its locks are free soon.
      client_connection_check_interval: "100ms",
      ...settings,
    };
    const given = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const [program, ...rest] = [...as, join(programs, "postgres"), "-D", data, ...given];
    const postgres = new PrivatePostgres(folder, [program!, ...rest], settings.port ?? "5432");
    await postgres.start();
    await postgres.query("postgres", "create database postern");
    return postgres;
  }

  async start(): Promise<void> {
    const [program, ...args] = this.#command;
    const server = spawn(program, args, { cwd: this.folder, stdio: "ignore" });
    this.#server = server;
    for (let tries = 0; tries < 1200 && server.exitCode === null; tries += 1) {
      const isUp = await run(join(programs, "pg_isready"), ["-q", "-h", this.folder, "-p", this.#port]).then(
        () => true,
        () => false,
      );
      if (isUp) return;
      await sleep(50);
    }
    await this.close();
    throw new Error("PostgreSQL did not start");
  }

  /** As an upgrade or a failover does: who is connected is told that the server shuts down, and sent away. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }

  /** The address of a place with nothing in it: a schema of its own, which takes a hundredth of a database's time. */
  async database(): Promise<string> {
    const name = `place_${(this.#places += 1)}`;
    await this.query("postern", `create schema ${name}`);
    const parameters = new URLSearchParams({ host: this.folder, options: `-c search_path=${name}` });
    return `postgres://postgres@/postern?${parameters.toString()}`;
  }

  async query(place: string, text: string): Promise<string> {
    const url = place.startsWith("postgres:") ? new URL(place.replace("@/", "@x/")) : undefined;
    const name = url === undefined ? place : url.pathname.slice(1);
    const args = ["-h", this.folder, "-p", this.#port, "-U", "postgres", "-d", name, "-qtAX", "-c", text];
    const env = { ...process.env, PGOPTIONS: url?.searchParams.get("options") ?? "" };
    const { stdout } = await run(join(programs, "psql"), args, { cwd: "/", env });
    return stdout.trim();
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
