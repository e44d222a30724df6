import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort, Served } from "../collector/served.ts";

const run = promisify(execFile);

/** The real server on the sample cluster, as `npm start` runs it, with a Git remote of its own. */
export class ServedSample {
  readonly url: string;
  /** Of the person who signs in first; its part after `#` works once. */
  readonly firstLink: string;
  readonly #folder: string;
  readonly #served: Served;

  private constructor(folder: string, served: Served, firstLink: string) {
    this.url = served.url;
    this.#folder = folder;
    this.#served = served;
    this.firstLink = firstLink;
  }

  static async start(): Promise<ServedSample> {
    const folder = await mkdtemp(join(tmpdir(), "postern-sample-"));
    const served = new Served(await freePort(), "--sample", "--data", folder);
    await served.start();
    const link = /http:\/\/\S+\/sign-in\/link#[\w-]+/;
    for (let tries = 0; !link.test(served.said); tries += 1) {
      if (tries > 300) throw new Error(`no link for the first run was printed:\n${served.said}`);
      await sleep(50);
    }
    return new ServedSample(folder, served, link.exec(served.said)![0]);
  }

  /** Asks the plain remote, as anybody with a clone would. */
  async git(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("git", ["-C", join(this.#folder, "sample", "remote.git"), ...args]);
    return stdout;
  }

  /** A file on the remote's main branch; empty when it is not there. */
  async merged(path: string): Promise<string> {
    return this.git("show", `main:${path}`).catch(() => "");
  }

  async stop(): Promise<void> {
    await this.#served.end("SIGTERM");
    await rm(this.#folder, { recursive: true, force: true });
  }
}
