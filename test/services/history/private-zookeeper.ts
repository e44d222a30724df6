import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../free-ports.ts";

const archive = "/usr/share/java/zookeeper.jar";

/** What stands in the way; undefined where ZooKeeper is installed. In CI it must be. */
export function lacksZooKeeper(): boolean {
  const isMissing = !existsSync(archive) || !existsSync("/usr/bin/java");
  if (isMissing && process.env.CI === "true") {
    throw new Error("ZooKeeper is not installed: run `apt-get install default-jre-headless libzookeeper-java`");
  }
  return isMissing;
}

/** A ZooKeeper of one's own, gone when closed. */
export class PrivateZooKeeper {
  readonly port: number;
  readonly #folder: string;
  readonly #server: ChildProcess;

  private constructor(port: number, folder: string, server: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#server = server;
  }

  static async start(): Promise<PrivateZooKeeper> {
    const folder = await mkdtemp(join(tmpdir(), "postern-zookeeper-"));
    const [port = 0] = await freePorts(1);
    const settings = { dataDir: folder, clientPort: port, clientPortAddress: "127.0.0.1", tickTime: 500 };
    const lines = Object.entries({ ...settings, "admin.enableServer": false, "4lw.commands.whitelist": "srvr" });
    await writeFile(join(folder, "zoo.cfg"), lines.map(([key, value]) => `${key}=${value}\n`).join(""));
    // What it writes need not outlive it, and the compiler would take longer than the test.
    const java = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-Dzookeeper.forceSync=no", "-cp", archive];
    const main = ["org.apache.zookeeper.server.ZooKeeperServerMain", join(folder, "zoo.cfg")];
    const server = spawn("java", [...java, ...main], { cwd: folder, stdio: "ignore" });
    const zookeeper = new PrivateZooKeeper(port, folder, server);
    // It listens before it serves.
    while (await untilListening(port, () => server.exitCode !== null)) {
      if ((await statusOf(port)).includes("Mode:")) return zookeeper;
      await sleep(50);
    }
    await zookeeper.close();
    throw new Error("ZooKeeper did not start");
  }

  async close(): Promise<void> {
    await ended(this.#server);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function statusOf(port: number): Promise<string> {
  // While it starts it may take the question and never answer.
  const socket = connect(port, "127.0.0.1").setTimeout(500, () => socket.destroy());
  socket.end("srvr");
  let text = "";
  try {
    for await (const part of socket) text += String(part);
  } catch {
    // It will be asked again.
  }
  return text;
}

/** Whether a port is listened at before the one that should is gone. */
export async function untilListening(port: number, isGone: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 1200 && !isGone(); tries += 1) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isUp) return true;
    await sleep(50);
  }
  return false;
}

export async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exited = once(process, "exit");
  process.kill("SIGKILL");
  await exited;
}
