import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ClusterWatcher } from "../../../src/adapters/kubernetes/cluster-watcher.ts";
import { findAccess } from "../../../src/adapters/kubernetes/find-access.ts";
import type { InformerTiming } from "../../../src/adapters/kubernetes/informer-timing.ts";
import { parseIp } from "../../../src/core/net/ip.ts";
import { wordsOfAddress } from "../../../src/pipeline/flows/address-index.ts";
import { ApiDouble } from "./api-double.ts";
import { Role } from "./role.ts";

export const manifest = new URL("../../../deploy/rbac.yaml", import.meta.url);
/** Small pages and short pauses, so that every path is taken within seconds. */
const quick: InformerTiming = {
  pageSize: 7,
  watchSeconds: 30,
  idleMs: 20_000,
  recheckMs: 200,
  firstPauseMs: 20,
  maxObjects: 1_000,
};

/** The double and a watcher of it, as the service account of `deploy/rbac.yaml`, each with what the test asks of it. */
export class WatchedDouble implements AsyncDisposable {
  readonly double = new ApiDouble();
  readonly role = new Role(readFileSync(manifest, "utf8"));
  readonly watcher: ClusterWatcher;
  nowMs = Date.now();
  private readonly folder: string;
  private readonly ended = new AbortController();
  private running: Promise<void> | undefined;

  private constructor(folder: string, timing: Partial<InformerTiming>) {
    this.folder = folder;
    this.double.tokens.set("observer-1", (asked) => this.role.allows(asked));
    const environment = {
      home: folder,
      serviceAccount: folder,
      variables: { KUBERNETES_SERVICE_HOST: "127.0.0.1" },
    };
    this.watcher = new ClusterWatcher(
      () =>
        findAccess({}, { ...environment, variables: { ...environment.variables, KUBERNETES_SERVICE_PORT: this.port } }),
      { cluster: "east", timing: { ...quick, ...timing }, nowMs: () => this.nowMs },
    );
  }

  static async open(timing: Partial<InformerTiming> = {}): Promise<WatchedDouble> {
    const one = new WatchedDouble(await mkdtemp(join(tmpdir(), "postern-kubernetes-")), timing);
    await one.setToken("observer-1");
    await writeFile(join(one.folder, "ca.crt"), one.double.authority.cert);
    await one.double.start();
    return one;
  }

  private get port(): string {
    return new URL(this.double.url).port;
  }

  async setToken(token: string): Promise<void> {
    await writeFile(join(this.folder, "token"), `${token}\n`);
  }

  run(): void {
    this.running = this.watcher.run(this.ended.signal);
  }

  async ready(): Promise<void> {
    this.run();
    await this.watcher.ready;
  }

  whoHas(address: string, timeMs = this.nowMs): string {
    const ip = parseIp(address);
    if (!ip.ok) throw new Error(ip.error.message);
    const found = this.watcher.timeline.at(ip.value.family, wordsOfAddress(ip.value), timeMs);
    return found === undefined ? "nobody" : `${found.namespace}/${found.workload.kind}/${found.workload.name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ended.abort();
    await this.running;
    await this.double.stop().catch(() => undefined);
    await rm(this.folder, { recursive: true });
  }
}

/** Asks until it is so; the test's own time limit ends a wait in vain. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}
