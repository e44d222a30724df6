import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMask } from "../../../src/adapters/observer-config/mask-key.ts";
import { lacksPrometheus } from "../prometheus/private-prometheus.ts";
import { CollectorDouble } from "./collector-double.ts";

/** As it is published: the launcher starts the observer in its own place. */
const launcher = fileURLToPath(new URL("../../../src/main/launch.ts", import.meta.url));

let folder = "";
let collector: CollectorDouble;
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-program-"));
  collector = new CollectorDouble();
  children = [];
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Program {
  readonly process: ChildProcess;
  readonly told: () => { readonly out: string; readonly err: string };
  readonly code: Promise<number | null>;
}

function postern(args: readonly string[], input = ""): Program {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (err += text.toString()));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  return { process: child, told: () => ({ out, err }), code };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function answerOf(url: string, isWanted: (status: number) => boolean): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined && isWanted(answer.status)) return answer.text();
    await sleep(50);
  }
  throw new Error(`${url} does not answer as it should`);
}

test("a running observer can be asked, hides what it is told to, and ends in order", async () => {
  const url = await collector.listen();
  const [udp, metrics] = [await freePort(), await freePort()];
  const key = postern(["observe", "key"]);
  expect(await key.code).toBe(0);
  writeFileSync(join(folder, "key"), key.told().out);
  const config = {
    observer: "edge",
    cluster: "east",
    every: "100ms",
    sources: [{ kind: "flow-export", listen: [`127.0.0.1:${udp}`], exporters: ["127.0.0.0/8"] }],
    kubernetes: false,
    ship: { url },
    buffer: { folder: join(folder, "buffer") },
    anonymise: { keyFile: join(folder, "key") },
    metrics: `127.0.0.1:${metrics}`,
  };
  writeFileSync(join(folder, "observe.yaml"), JSON.stringify(config));
  const observer = postern(["observe", "--config", join(folder, "observe.yaml")]);
  await answerOf(`http://127.0.0.1:${metrics}/readyz`, (status) => status === 200);
  expect(await answerOf(`http://127.0.0.1:${metrics}/healthz`, (status) => status === 200)).toBe("ok\n");
  const figures = await answerOf(`http://127.0.0.1:${metrics}/metrics`, (status) => status === 200);
  expect(figures).toContain('postern_observer_source_running{source="flow-export",kind="flow-export"} 1');
  if (!lacksPrometheus()) {
    const judged = spawnSync("promtool", ["check", "metrics"], { input: figures, encoding: "utf8" });
    expect([judged.status, judged.stderr]).toEqual([0, ""]);
  }
  observer.process.kill("SIGTERM");
  expect(await observer.code).toBe(0);
  const events = observer
    .told()
    .err.trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string; msg: string });
  expect(events.map(({ msg }) => msg)).toEqual(expect.arrayContaining(["observing", "source running", "ended"]));
  // What sources say about themselves names places, which are hidden too.
  expect(collector.batches.at(-1)?.health).toMatchObject([{ kind: "flow-export", state: "ended", message: "" }]);
  const mask = await openMask(join(folder, "key"));
  if (!mask.ok) throw new Error(mask.error.message);
  const token = mask.value.labels.hideName("pay.example.com");
  const revealed = postern(["reveal", "--key-file", join(folder, "key")], `dnsName: ${token}\nport: 443\n`);
  expect([await revealed.code, revealed.told().out]).toEqual([0, "dnsName: pay.example.com\nport: 443\n"]);
});

test("an observer of which every source fails says why and exits with 1", async () => {
  const url = await collector.listen();
  const args = ["--source", "capture", "--set", `path=${join(folder, "none.pcap")}`, "--cluster-name", "east"];
  const where = ["--no-kubernetes", "--to", url, "--buffer-folder", join(folder, "buffer"), "--every", "100ms"];
  const observer = postern(["observe", ...args, ...where]);
  expect(await observer.code).toBe(1);
  expect(observer.told().err).toContain("source failed");
  expect(collector.batches.at(-1)?.health).toMatchObject([{ kind: "capture", state: "failed" }]);
});

test.each([
  [[], "name a configuration with `--config`, or one source with `--source`"],
  [["--source", "capture"], "name the cluster with `--cluster-name`"],
  [["--config", "x", "--source", "capture"], "leave out `--source`"],
  [["--source", "capture", "--set", "path=x", "--cluster-name", "east", "--no-kubernetes"], "name the collector"],
])("%j is a wrong command line", async (args, told) => {
  const observer = postern(["observe", ...args]);
  const code = await observer.code;
  expect(observer.told().err).toContain(told);
  expect(code).toBe(2);
});

test.each([["--anonymise", "key"], ["--no-kubernetes"]])(
  "%s beside a configuration is refused, not forgotten",
  async (...option) => {
    const observer = postern(["observe", "--config", join(folder, "observe.yaml"), ...option]);
    expect(await observer.code).toBe(2);
    expect(observer.told().err).toContain(`\`${option[0]}\` belongs to \`--source\``);
  },
);
