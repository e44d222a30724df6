import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { schemaFile, searchPath } from "./installation.ts";
import type { Commands } from "./northbound.ts";
import { Unixctl } from "./unixctl.ts";

const run = promisify(execFile);
/** Well under the kernel's limit for one command line, which the ACLs of a few hundred policies would pass. */
const commandBytesMax = 500_000;
/** Unix socket paths end at 107 characters. */
const folderLengthMax = 70;

/** Connection-tracking flags that the one `ct_next` of a trace reports. */
export type ConnectionState = "new" | "est" | "rpl,est";

/** Northbound and southbound database and northd, on unix sockets in a temporary folder. No kernel, no network, no root. */
export class PrivateOvn {
  readonly folder: string;
  /** The daemons and what watches over them. */
  readonly pids: readonly number[];
  readonly #warden: ChildProcessByStdio<Writable, Readable, null>;

  private constructor(folder: string, warden: ChildProcessByStdio<Writable, Readable, null>, pids: readonly number[]) {
    this.folder = folder;
    this.#warden = warden;
    this.pids = pids;
  }

  static async open(): Promise<PrivateOvn> {
    const base = tmpdir().length > folderLengthMax ? "/tmp" : tmpdir();
    const folder = await mkdtemp(join(base, "postern-ovn-"));
    const args = [join(import.meta.dirname, "warden.ts"), folder, schemaFile("nb") ?? "", schemaFile("sb") ?? ""];
    const warden = spawn(process.execPath, args, {
      // Its own session: Ctrl-C ends the test, the closing pipe then ends the warden.
      detached: true,
      stdio: ["pipe", "pipe", "inherit"],
      env: environment(folder),
    });
    for await (const line of createInterface({ input: warden.stdout })) {
      const [word, ...rest] = line.split(" ");
      if (word !== "ready") throw new Error(`the private OVN did not start: ${line}`);
      return new PrivateOvn(folder, warden, [...rest.map(Number), warden.pid ?? 0]);
    }
    throw new Error("the private OVN did not start");
  }

  /**
   * Runs the units in order, many to a transaction but none split over two, since an ACL must be created together with
   * what holds it; then waits until northd has translated everything.
   */
  async northbound(units: readonly Commands[]): Promise<void> {
    const common = [`--db=unix:${this.folder}/nb.sock`, "--timeout=120"];
    let batch: string[] = [];
    let bytes = 0;
    for (const [i, unit] of units.entries()) {
      const words = unit.flatMap((command) => ["--", ...command]);
      batch.push(...words);
      bytes += words.reduce((sum, word) => sum + word.length + 9, 0);
      if (bytes < commandBytesMax && i < units.length - 1) continue;
      await this.#run("ovn-nbctl", [...common, ...batch]);
      batch = [];
      bytes = 0;
    }
    await this.#run("ovn-nbctl", [...common, "--wait=sb", "sync"]);
  }

  /** Rows of a table as `ovn-nbctl`/`ovn-sbctl` print them in JSON: cells in the order of the columns. */
  async list(database: "nb" | "sb", table: string, columns: readonly string[]): Promise<readonly unknown[][]> {
    const output = await this.#run(`ovn-${database}ctl`, [
      `--db=unix:${this.folder}/${database}.sock`,
      "--timeout=120",
      "--format=json",
      `--columns=${columns.join(",")}`,
      "list",
      table,
    ]);
    const { headings, data } = JSON.parse(output) as { readonly headings: string[]; readonly data: unknown[][] };
    return data.map((row) => columns.map((column) => row[headings.indexOf(column)]));
  }

  /**
   * What `ovn-trace` prints for each microflow. The daemon reads the database once, when it starts, and takes
   * connection states from its command line, one per traced packet: so each call has a daemon of its own.
   */
  async trace(
    datapath: string,
    flows: readonly { readonly microflow: string; readonly state: ConnectionState }[],
  ): Promise<readonly string[]> {
    const { control } = await this.startTraceDaemon(flows.map(({ state }) => state));
    const daemon = await Unixctl.open(control);
    try {
      const traces: string[] = [];
      for (const { microflow } of flows) traces.push(await daemon.call("trace", datapath, microflow));
      return traces;
    } finally {
      await daemon.call("exit").catch(() => undefined);
      daemon.close();
    }
  }

  async startTraceDaemon(
    states: readonly ConnectionState[],
  ): Promise<{ readonly control: string; readonly pid: number }> {
    const control = `${this.folder}/trace.ctl`;
    const pidFile = `${this.folder}/trace.pid`;
    await this.#run("ovn-trace", [
      `--db=unix:${this.folder}/sb.sock`,
      ...states.map((state) => `--ct=${state}`),
      `--unixctl=${control}`,
      `--pidfile=${pidFile}`,
      `--log-file=${this.folder}/trace.log`,
      "-vconsole:off",
      "--detach",
    ]);
    return { control, pid: Number(await readFile(pidFile, "utf8")) };
  }

  /** What the trace daemon said about flows it could not read. */
  async traceLog(): Promise<string> {
    return readFile(`${this.folder}/trace.log`, "utf8");
  }

  /** Ends every process and removes the folder; returns when both is done. */
  async close(): Promise<void> {
    if (this.#warden.exitCode !== null || this.#warden.signalCode !== null) return;
    const gone = once(this.#warden, "exit");
    this.#warden.stdin.end();
    await gone;
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run(program, args, { env: environment(this.folder), maxBuffer: 256 * 2 ** 20 });
    return stdout;
  }
}

/** Nothing from outside: no socket, database or option of an OVN that may already run on this machine. */
function environment(folder: string): Record<string, string> {
  return {
    PATH: searchPath,
    OVN_RUNDIR: folder,
    OVS_RUNDIR: folder,
    OVN_LOGDIR: folder,
    OVS_LOGDIR: folder,
    TZ: "UTC",
  };
}
