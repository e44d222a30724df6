import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import type { HistoryReader } from "../../src/app/history/history-reader.ts";
import { CollectLedger } from "../../src/app/live/collect-ledger.ts";
import { QuotaGate } from "../../src/app/live/collect-quotas.ts";
import { Collector, type CollectorLimits, collectorLimits } from "../../src/app/live/collect.ts";
import type { State } from "../../src/app/state/state.ts";
import { issueToken } from "../../src/app/state/token-text.ts";
import type { StoredToken } from "../../src/app/state/tokens.ts";
import type { SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { type BodyLimits, bodyLimits, BodyReader } from "../../src/surfaces/http/batch-body.ts";
import type { TlsMaterial } from "../../src/surfaces/http/listener.ts";
import { makeLog } from "../../src/surfaces/http/log.ts";
import { CollectMetrics } from "../../src/surfaces/http/metrics.ts";
import { makeHttpServer } from "../../src/surfaces/http/server.ts";
import { PlainEdgeStore } from "../history/plain-edge-store.ts";

/** Every test is at this time; it moves only by hand. */
export const startMs: number = Date.UTC(2026, 10, 2, 12);

export interface ForTest {
  readonly limits?: Partial<CollectorLimits>;
  readonly bodies?: Partial<BodyLimits>;
  readonly openMetrics?: boolean;
  readonly tls?: TlsMaterial;
}

export class CollectorForTest {
  readonly store = new PlainEdgeStore();
  /** Runs before each write; may wait or throw. */
  beforeAppend: (batches: readonly SealedBatch[]) => Promise<void> | void = () => {};
  /** Runs before coverage is answered. */
  beforeAnswer: () => Promise<void> | void = () => {};
  /** Gives edges a part at a time. */
  edgesInParts: NonNullable<HistoryReader["edgesInParts"]> = async function* (this: CollectorForTest, query) {
    const { edges, isCut } = await Promise.resolve(this.store.edges(query));
    yield edges;
    return { isCut };
  };
  /** Sizes of the groups that were written. */
  readonly groups: number[] = [];
  readonly log: string[] = [];
  nowMs = startMs;
  url = "";
  state!: State;
  collector!: Collector;
  readonly quotas = new QuotaGate();
  renew: (tls: TlsMaterial) => void = () => {};
  #close: () => Promise<void> = () => Promise.resolve();

  static async open({ limits, bodies, openMetrics = false, tls }: ForTest = {}): Promise<CollectorForTest> {
    const own = new CollectorForTest();
    const folder = await mkdtemp(join(tmpdir(), "postern-collector-"));
    const nowMs = (): number => own.nowMs;
    const state = await openSqliteState({ path: join(folder, "state.sqlite"), mayCreate: true, nowMs });
    if (!state.ok) throw new Error(state.error.message);
    own.state = state.value;
    const log = makeLog((line) => void own.log.push(line), "debug");
    const metrics = new CollectMetrics();
    const ledger = new CollectLedger(own.state);
    own.collector = new Collector(
      {
        store: {
          append: async (batches) => {
            await own.beforeAppend(batches);
            own.groups.push(batches.length);
            return own.store.append(batches);
          },
        },
        ledger,
        quotas: own.quotas,
        meter: metrics,
        nowMs,
        onTrouble: (failure, cause) => log.error({ failure, err: cause }, "trouble"),
      },
      { ...collectorLimits, ...limits },
    );
    const server = makeHttpServer({
      state: own.state,
      history: own.#history(),
      collector: own.collector,
      metrics,
      flush: () => ledger.flush(),
      log,
      nowMs,
      tls,
      openMetrics,
      bodies: new BodyReader({ ...bodyLimits, ...bodies }),
    });
    own.url = await server.listen("127.0.0.1", 0);
    own.renew = (renewed) => server.renew(renewed);
    own.#close = async () => {
      await server.close(1000);
      await own.collector.close();
      await own.state.close();
      await rm(folder, { recursive: true, force: true });
    };
    return own;
  }

  close(): Promise<void> {
    return this.#close();
  }

  async token(fields: Partial<StoredToken> = {}): Promise<string> {
    const { text, token } = issueToken({ clusters: ["east"], scopes: ["read", "ship"] }, startMs);
    await this.state.tokens.add({ ...token, ...fields });
    return text;
  }

  #history(): HistoryReader {
    const { store } = this;
    return {
      edgesInParts: (query, signal) => this.edgesInParts(query, signal),
      edges: (query) => Promise.resolve(store.edges(query)),
      names: (query) => Promise.resolve(store.names(query)),
      newDestinations: (query) => Promise.resolve(store.newDestinations(query)),
      topTalkers: (query) => Promise.resolve(store.topTalkers(query)),
      coarse: (query) => Promise.resolve(store.coarse(query)),
      sourceHealth: () => Promise.resolve([]),
      coverage: async () => {
        await this.beforeAnswer();
        return store.coverage();
      },
      close: () => Promise.resolve(),
    };
  }
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends a body to a path and reads the answer as JSON. */
export async function send(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const own = { "content-type": "application/json", ...headers };
  const response = await fetch(`${url}/v1/batches`, { method: "POST", body, headers: own });
  return { status: response.status, headers: response.headers, body: await jsonOf(response) };
}

export async function get(url: string, path: string, token?: string): Promise<Answered> {
  const response = await fetch(`${url}${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: response.status, headers: response.headers, body: await jsonOf(response) };
}

async function jsonOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return { text };
  }
}

export const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });
