import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

/** Whether suites that need it are to be skipped, which is said; in CI that is an error. */
export function lacksKcat(): boolean {
  const { stdout, stderr } = spawnSync("kcat", ["-V"], { encoding: "utf8" });
  if (`${stdout ?? ""}${stderr ?? ""}`.includes("librdkafka")) return false;
  const missing = "kcat is not installed, on Debian: apt-get install kcat";
  if ((process.env.CI ?? "") !== "") throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return true;
}

/** Brokers inside a producer that never produces: librdkafka brings a mock cluster of its own. */
export class MockCluster {
  readonly brokers: readonly string[];
  private readonly process: ChildProcess;

  private constructor(process: ChildProcess, brokers: readonly string[]) {
    this.process = process;
    this.brokers = brokers;
  }

  static async open(brokerCount = 1): Promise<MockCluster> {
    const settings = ["-X", `test.mock.num.brokers=${brokerCount}`, "-d", "mock"];
    const process = spawn("kcat", ["-P", "-b", "ignored:1", "-t", "unused", ...settings], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    let log = "";
    const brokers = await new Promise<readonly string[]>((resolve, reject) => {
      // Read to the end of its life: a full pipe would stop it.
      process.stderr.on("data", (chunk) => {
        if (log.length > 10_000) return;
        log += String(chunk);
        const found = /bootstrap\.servers=(\S+)/.exec(log)?.[1];
        if (found !== undefined) resolve(found.split(","));
      });
      process.once("close", () => reject(new Error(`the mock cluster did not start: ${log}`)));
    });
    return new MockCluster(process, brokers);
  }

  /** Produces messages, each a line; partitions are chosen by chance unless one is named. */
  async produce(topic: string, messages: readonly string[], partition?: number, codec = "none"): Promise<void> {
    await this.kcat(
      ["-P", "-t", topic, "-z", codec, ...(partition === undefined ? [] : ["-p", `${partition}`])],
      messages.join("\n"),
    );
  }

  /** One message of any bytes. */
  async produceBytes(topic: string, message: Uint8Array): Promise<void> {
    await this.kcat(["-P", "-t", topic, "-D", String.raw`\x01\x02\x03\x04postern`], message);
  }

  /** A message without a value. */
  async produceTombstone(topic: string): Promise<void> {
    await this.kcat(["-P", "-t", topic, "-K", ":", "-Z"], "key:\n");
  }

  private async kcat(args: readonly string[], input: string | Uint8Array): Promise<void> {
    const child = spawn("kcat", ["-b", this.brokers.join(","), ...args], { stdio: ["pipe", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (chunk) => (complaint += String(chunk)));
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number];
    if (code !== 0) throw new Error(`kcat ${args.join(" ")}: ${complaint}`);
  }

  async close(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const closed = once(this.process, "close");
    this.process.kill("SIGKILL");
    await closed;
  }
}
