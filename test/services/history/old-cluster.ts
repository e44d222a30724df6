import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../free-ports.ts";
import { inOldWords } from "./old-words.ts";
import { ended, type PrivateZooKeeper, untilListening } from "./private-zookeeper.ts";

const program = "/usr/sbin/clickhouse-server";

export function lacksOldClickHouse(): boolean {
  const isMissing = !existsSync(program);
  if (isMissing && process.env.CI === "true") {
    throw new Error("ClickHouse is not installed: run `apt-get install clickhouse-server`");
  }
  return isMissing;
}

interface Node {
  readonly shard: number;
  readonly replica: string;
  readonly folder: string;
  readonly native: number;
  readonly http: number;
  readonly interserver: number;
}

/**
 * Two shards of two replicas, as Debian's ClickHouse 18.16 makes them with a ZooKeeper: real hosts that carry out what is said `ON
 * CLUSTER`, fetch each other's parts and spread what is inserted. `url` speaks to the first of them, in words that it knows.
 */
export class OldCluster {
  readonly #folder: string;
  readonly #nodes: readonly Node[];
  readonly #running = new Map<Node, ChildProcess>();
  readonly #front: Server;

  private constructor(folder: string, nodes: readonly Node[]) {
    this.#folder = folder;
    this.#nodes = nodes;
    this.#front = createServer((request, response) => {
      this.#passOn(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#front.address() as AddressInfo).port}`;
  }

  /** Of one host itself, which speaks no other words than its own. */
  urlOf(at: number, port: "http" | "native"): string {
    return `http://127.0.0.1:${this.#nodes[at]![port]}`;
  }

  static async start(zookeeper: PrivateZooKeeper): Promise<OldCluster> {
    const folder = await mkdtemp(join(tmpdir(), "postern-old-cluster-"));
    const ports = await freePorts(12);
    const nodes = ["1a", "1b", "2a", "2b"].map((name, i) => ({
      shard: Number(name[0]),
      replica: name[1]!,
      folder: join(folder, name),
      native: ports[3 * i]!,
      http: ports[3 * i + 1]!,
      interserver: ports[3 * i + 2]!,
    }));
    const cluster = new OldCluster(folder, nodes);
    for (const node of nodes) await writeSettings(node, nodes, zookeeper.port);
    try {
      await Promise.all(nodes.map(async (_, at) => cluster.startNode(at)));
      await cluster.#untilItTakes(0);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    await once(cluster.#front.listen(0, "127.0.0.1"), "listening");
    return cluster;
  }

  async startNode(at: number): Promise<void> {
    const node = this.#nodes[at]!;
    const server = spawn(program, [`--config-file=${join(node.folder, "config.xml")}`], {
      cwd: node.folder,
      stdio: "ignore",
    });
    this.#running.set(node, server);
    const isUp = await untilListening(node.http, () => server.exitCode !== null);
    if (!isUp) throw new Error(`ClickHouse ${node.shard}${node.replica} did not start`);
  }

  /** Before it watches the queue for what is said `ON CLUSTER`, that version falls over such a statement. */
  async #untilItTakes(at: number): Promise<void> {
    const watches = "SELECT value FROM system.metrics WHERE metric = 'ZooKeeperWatch'";
    for (let tries = 0; tries < 1200; tries += 1) {
      if ((await this.ask(at, watches))[0] !== "0") return;
      await sleep(50);
    }
    throw new Error("ClickHouse does not watch the queue of its cluster");
  }

  /** ZooKeeper holds its place for ten seconds. */
  async killNode(at: number): Promise<void> {
    await ended(this.#running.get(this.#nodes[at]!)!);
  }

  /** ZooKeeper hears of it. */
  async stopNode(at: number): Promise<void> {
    const server = this.#running.get(this.#nodes[at]!)!;
    const exited = once(server, "exit");
    server.kill("SIGTERM");
    await exited;
  }

  /** What one node answers, in its own words: rows of values, as text. */
  async ask(at: number, statement: string): Promise<readonly string[]> {
    const { status, text } = await post(this.#nodes[at]!.http, "/", statement);
    if (status !== 200) throw new Error(text);
    return text.trim() === "" ? [] : text.trim().split("\n");
  }

  async close(): Promise<void> {
    this.#front.close();
    await Promise.all([...this.#running.values()].map(ended));
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Rows go by as they come, and who leaves has left the host as well. */
  async #passOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { searchParams } = new URL(incoming.url ?? "/", "http://localhost");
    const { query, settings } = inOldWords(searchParams, await textOf(incoming));
    const answer = await posted(this.#nodes[0]!.http, `/?${new URLSearchParams(settings).toString()}`, query);
    if (answer.statusCode === 200) return pipeline(answer, outgoing.writeHead(200));
    const text = await textOf(answer);
    const code = /Code: (\d+)/.exec(text)?.[1] ?? "1002";
    outgoing.writeHead(answer.statusCode ?? 500, { "x-clickhouse-exception-code": code }).end(text);
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function post(port: number, path: string, body: string): Promise<Answer> {
  const answer = await posted(port, path, body);
  return { status: answer.statusCode ?? 0, text: await textOf(answer) };
}

/** On a connection of its own: that version is slow to see a second request on one. */
async function posted(port: number, path: string, body: string): Promise<IncomingMessage> {
  const asked = request({ host: "127.0.0.1", port, path, method: "POST", agent: false });
  asked.end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return answer;
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

async function writeSettings(node: Node, nodes: readonly Node[], zookeeper: number): Promise<void> {
  const { folder, shard, replica } = node;
  await mkdir(folder);
  const shards = [1, 2].map((own) => {
    const replicas = nodes
      .filter((one) => one.shard === own)
      .map((one) => `<replica><host>127.0.0.1</host><port>${one.native}</port></replica>`);
    return `<shard><internal_replication>true</internal_replication>${replicas.join("")}</shard>`;
  });
  const settings = {
    logger: `<level>error</level><log>${folder}/log</log><errorlog>${folder}/errors</errorlog>`,
    http_port: node.http,
    tcp_port: node.native,
    interserver_http_port: node.interserver,
    interserver_http_host: "127.0.0.1",
    listen_host: "127.0.0.1",
    path: `${folder}/data/`,
    tmp_path: `${folder}/tmp/`,
    user_files_path: `${folder}/files/`,
    format_schema_path: `${folder}/formats/`,
    users_config: "users.xml",
    default_profile: "default",
    default_database: "default",
    mark_cache_size: 67_108_864,
    zookeeper: `<node><host>127.0.0.1</host><port>${zookeeper}</port></node>`,
    macros: `<shard>${shard}</shard><replica>${replica}</replica>`,
    distributed_ddl: "<path>/clickhouse/task_queue/ddl</path>",
    remote_servers: `<main>${shards.join("")}</main>`,
  };
  const profile = "<allow_experimental_low_cardinality_type>1</allow_experimental_low_cardinality_type>";
  const user = "<password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>";
  const users = {
    profiles: `<default>${profile}</default>`,
    users: `<default>${user}<quota>default</quota></default>`,
    quotas: "<default></default>",
  };
  for (const [file, sections] of Object.entries({ "config.xml": settings, "users.xml": users })) {
    const lines = Object.entries(sections).map(([name, value]) => `<${name}>${value}</${name}>`);
    await writeFile(join(folder, file), `<yandex>${lines.join("")}</yandex>`);
  }
}
