import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

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

/** A PostgreSQL of one's own: socket and data in a temporary folder, no network, gone when closed. */
export class PrivatePostgres {
  readonly #folder: string;
  readonly #server: ChildProcess;
  #databases = 0;

  private constructor(folder: string, server: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
  }

  static async open(): Promise<PrivatePostgres> {
    const folder = await mkdtemp(join(tmpdir(), "postern-pg-"));
    const data = join(folder, "data");
    // The server refuses to run as root.
    const isRoot = userInfo().uid === 0;
    const as = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
    if (isRoot) {
      const { stdout } = await run("id", ["-u", "postgres"]);
      await chown(folder, Number(stdout), Number(stdout));
    }
    const options = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
    const [command, ...args] = [...as, join(programs, "initdb"), ...options];
    await run(command!, args, { cwd: folder });
    const settings = {
      listen_addresses: "",
      unix_socket_directories: folder,
      fsync: "off",
      // A client that is gone is noticed while its query runs, so that its locks are free soon.
      client_connection_check_interval: "100ms",
    };
    const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const [program, ...rest] = [...as, join(programs, "postgres"), "-D", data, ...given];
    const server = spawn(program!, rest, { cwd: folder, stdio: "ignore" });
    const postgres = new PrivatePostgres(folder, server);
    for (let tries = 0; tries < 300; tries += 1) {
      const isUp = await run(join(programs, "pg_isready"), ["-q", "-h", folder]).then(
        () => true,
        () => false,
      );
      if (isUp) return postgres;
      await sleep(50);
    }
    await postgres.close();
    throw new Error("PostgreSQL did not start");
  }

  /** A fresh database's address. */
  async database(): Promise<string> {
    const name = `postern_${(this.#databases += 1)}`;
    await this.query("postgres", `create database ${name}`);
    return `postgres://postgres@/${name}?host=${encodeURIComponent(this.#folder)}`;
  }

  async query(database: string, text: string): Promise<string> {
    const name = database.startsWith("postgres:") ? new URL(database.replace("@/", "@x/")).pathname.slice(1) : database;
    const args = ["-h", this.#folder, "-U", "postgres", "-d", name, "-qtAX", "-c", text];
    const { stdout } = await run(join(programs, "psql"), args, { cwd: "/" });
    return stdout.trim();
  }

  async close(): Promise<void> {
    if (this.#server.exitCode === null && this.#server.signalCode === null) {
      const ended = once(this.#server, "exit");
      this.#server.kill("SIGINT");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
