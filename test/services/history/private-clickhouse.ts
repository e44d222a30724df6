import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClickHouseConfig } from "../../../src/adapters/clickhouse/config.ts";
import { openClickHouseStore } from "../../../src/adapters/clickhouse/edge-store.ts";
import type { EdgeStore } from "../../../src/app/history/edge-store.ts";
import type { TrafficReader } from "../../../src/app/history/traffic-reader.ts";
import { quickFolder } from "../quick-folder.ts";

/** A ClickHouse of one's own in a process of its own, gone when closed. */
export class PrivateClickHouse {
  readonly folder: string;
  readonly url: string;
  readonly #front: ChildProcess;
  #databases = 0;

  private constructor(folder: string, front: ChildProcess, url: string) {
    this.folder = folder;
    this.#front = front;
    this.url = url;
  }

  /** @param settings XML of a server's configuration, read by the library from the folder that it starts in */
  static async start(chdb: string, settings?: (folder: string) => Promise<void>): Promise<PrivateClickHouse> {
    const folder = await mkdtemp(join(await quickFolder(), "postern-clickhouse-"));
    await settings?.(folder);
    const script = fileURLToPath(new URL("./chdb-front.ts", import.meta.url));
    const front = spawn(process.execPath, [script, chdb, join(folder, "data")], {
      cwd: folder,
      // Times are hours and milliseconds, whatever the server thinks of them.
      env: { ...process.env, TZ: "Asia/Kathmandu" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const port = await new Promise<string>((resolve, reject) => {
      front.stdout.once("data", (text: Buffer) => resolve(text.toString().trim()));
      front.once("exit", (code) => reject(new Error(`the front ended with ${code}`)));
    });
    return new PrivateClickHouse(folder, front, `http://127.0.0.1:${port}`);
  }

  /** A database that is not there yet. */
  fresh(given: Partial<ClickHouseConfig> = {}): ClickHouseConfig {
    // The server drops by its own clock, and what most tests store has a fixed date.
    const keep = { hourlyDays: 4000, dailyDays: 4000 };
    const database = `history_${(this.#databases += 1)}`;
    return { urls: [this.url], user: "default", password: "", database, cluster: undefined, keep, ...given };
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => {
      this.#front.once("exit", resolve);
    });
    this.#front.kill("SIGKILL");
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function openStore(config: ClickHouseConfig): Promise<EdgeStore & TrafficReader> {
  const store = await openClickHouseStore(config);
  if (!store.ok) throw new Error(store.error.message);
  return store.value;
}
