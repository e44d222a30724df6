import { hostname } from "node:os";
import { getSystemErrorMessage } from "node:util";
import { serverEvents } from "../app/desk/server-events.ts";
import { sharedEvents } from "../app/desk/shared-events.ts";
import { TrafficNews } from "../app/desk/traffic-news.ts";
import type { Failure } from "../app/failure.ts";
import type { EdgeStore } from "../app/history/edge-store.ts";
import type { TrafficReader } from "../app/history/traffic-reader.ts";
import { CollectLedger } from "../app/live/collect-ledger.ts";
import { QuotaGate } from "../app/live/collect-quotas.ts";
import { upkeep } from "../app/live/collect-upkeep.ts";
import { Collector } from "../app/live/collect.ts";
import type { RunningCollector, ServeOptions } from "../app/serve.ts";
import type { State } from "../app/state/state.ts";
import { quoted } from "../core/quoted.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { TlsMaterial } from "../surfaces/http/listener.ts";
import { type Log, makeLog, Repeated } from "../surfaces/http/log.ts";
import { CollectMetrics } from "../surfaces/http/metrics.ts";
import { type HttpServer, makeHttpServer } from "../surfaces/http/server.ts";
import { makeDataFolder } from "./data-folder.ts";
import { Timers } from "./every.ts";
import { observeHere } from "./observe-here.ts";
import { openState } from "./open-state.ts";
import { openStore } from "./open-store.ts";
import { openSampleWeek } from "./sample-week.ts";
import { openReview } from "./serve-review.ts";
import { readTlsFiles } from "./tls-files.ts";

/** What waits in memory is written this often. */
const flushEveryMs = 2_000;
/** How soon a new quota holds. */
const quotasEveryMs = 15_000;
const upkeepEveryMs = 300_000;
const tlsEveryMs = 60_000;
const graceMs = 8_000;
const newsEveryMs = 1_000;
const playEveryMs = 1_000;

/** Starts a collector: state, history, HTTP, and what must be done now and then. What was opened is closed on failure. */
export async function serve(options: ServeOptions): Promise<Result<RunningCollector, readonly Failure[]>> {
  const made = await makeDataFolder(options.folder);
  if (!made.ok) return fail([made.error]);
  const tls = options.tls === undefined ? ok(undefined) : await readTlsFiles(options.tls);
  if (!tls.ok) return fail([tls.error]);
  const state = await openState(options.state, true);
  if (!state.ok) return fail([state.error]);
  const store = await openStore(options.store);
  if (!store.ok) {
    await state.value.close();
    return fail([store.error]);
  }
  const started = await start(options, state.value, store.value, tls.value).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    return fail([{ code: "state_failed", message: `the state database failed: ${quoted(why)}` }]);
  });
  if (started.ok) return started;
  await store.value.close();
  await state.value.close();
  return started;
}

async function start(
  options: ServeOptions,
  state: State,
  store: EdgeStore & TrafficReader,
  tls: TlsMaterial | undefined,
): Promise<Result<RunningCollector, readonly Failure[]>> {
  const nowMs = (): number => Date.now();
  const log = makeLog(options.log, options.logLevel);
  const metrics = new CollectMetrics();
  const ledger = new CollectLedger(state, ({ cluster, observer, addresses }) => {
    log.warn({ cluster, observer, addresses }, "two observers ship under one name; give each a name of its own");
  });
  const quotas = new QuotaGate();
  // Asked before anything runs: if the state fails now, nothing is left open.
  quotas.setQuotas(await state.quotas.all());
  const tokens = await state.tokens.all();
  const timers = new Timers(log, new Repeated(nowMs));
  const flush = (): Promise<void> => ledger.flush();
  const events = options.review === undefined ? serverEvents() : sharedEvents(state.notices);
  const review =
    options.review === undefined
      ? undefined
      : await openReview({
          options: options.review,
          folder: options.folder,
          address: addressOf(options),
          state,
          store,
          flush,
          events,
          timers,
          log,
          nowMs,
        });
  if (review?.ok === false) return review;
  const news = new TrafficNews(events);
  const collector = new Collector({
    store: review === undefined ? store : news.watch(store),
    ledger,
    quotas,
    meter: metrics,
    nowMs,
    onTrouble: (failure, cause) => {
      if (failure === undefined) log.info("the history takes batches again");
      else log.error({ code: failure.code, reason: failure.message, err: cause }, "batches cannot be stored");
    },
  });
  const { openMetrics } = options;
  const api = review?.value.api;
  const http = makeHttpServer({ state, history: store, collector, metrics, flush, log, nowMs, tls, openMetrics, api });
  const closeAll = async (): Promise<void> => {
    await timers.stop();
    await http.close(0);
    await collector.close();
    await review?.value.close();
  };
  const sample = options.review?.sample;
  const traffic = sample === undefined ? undefined : await openSampleWeek(sample, collector, state, nowMs);
  const observing = options.observe === undefined ? undefined : await observeHere(options.observe, collector, log);
  if (traffic?.ok === false || observing?.ok === false) {
    if (observing?.ok === true) await observing.value.stop();
    await closeAll();
    return traffic?.ok === false ? traffic : (observing as Result<never, readonly Failure[]>);
  }
  const { host, port } = options.listen;
  let url: string;
  try {
    url = await http.listen(host, port);
  } catch (error) {
    await observing?.value.stop();
    await closeAll();
    return fail([listenFailure(error, host, port)]);
  }
  addUpkeep(timers, { options, state, store, ledger, quotas, http, log, tls, nowMs });
  if (review !== undefined) timers.every(newsEveryMs, "pages could not be told", () => Promise.resolve(news.tell()));
  if (traffic !== undefined) {
    timers.every(playEveryMs, "the sample could not play on", async (signal) => traffic.value.play(signal));
  }
  await review?.value.start();
  const secret = await review?.value.firstRunSecret();
  const origin = options.review?.publicUrl?.origin ?? url;
  log.info({ address: url, store: options.store.kind, state: options.state.kind }, "listening");
  return ok({
    url,
    hasTokens: tokens.some(({ revokedAtMs }) => revokedAtMs === undefined),
    firstRunUrl: secret === undefined ? undefined : `${origin}/sign-in/link#${secret}`,
    stop: async () => {
      log.info("stopping");
      http.announceStop();
      // Its last batch goes to the collector while that still takes some.
      await observing?.value.stop();
      await timers.stop();
      await http.close(graceMs);
      await collector.close();
      await review?.value.close();
      await flush().catch((error: unknown) => log.error({ err: error }, "the state could not be written"));
      await store.close();
      await state.close();
      log.info("stopped");
    },
  });
}

function addressOf({ listen: { host, port }, tls }: ServeOptions): URL {
  return new URL(`${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`);
}

/** Collectors on several machines may have folders of the same name. */
function nameOf(place: ServeOptions["store"]): string {
  return place.kind === "duckdb"
    ? `${hostname()} ${place.folder}`
    : `${place.urls.toSorted().join(",")}/${place.database}`;
}

interface UpkeepParts {
  readonly options: ServeOptions;
  readonly state: State;
  readonly store: EdgeStore;
  readonly ledger: CollectLedger;
  readonly quotas: QuotaGate;
  readonly http: HttpServer;
  readonly log: Log;
  readonly tls: TlsMaterial | undefined;
  readonly nowMs: () => number;
}

function addUpkeep(timers: Timers, parts: UpkeepParts): void {
  const { options, state, store, ledger, quotas, http, log, nowMs } = parts;
  timers.every(flushEveryMs, "the state could not be written", () => ledger.flush());
  timers.every(quotasEveryMs, "quotas could not be read", async () => quotas.setQuotas(await state.quotas.all()));
  timers.every(upkeepEveryMs, "the history could not be maintained", async () => {
    const report = await upkeep(store, state, nameOf(options.store), options.keep, nowMs());
    if (report !== undefined) log.info(report, "history maintained");
  });
  const { tls: files } = options;
  if (files === undefined) return;
  let current = parts.tls;
  timers.every(tlsEveryMs, "certificates could not be renewed", async () => {
    const read = await readTlsFiles(files);
    // Half a renewal: the next look finds the rest.
    if (!read.ok) throw new Error(read.error.message);
    const { cert, key, clientCa } = read.value;
    if (cert === current?.cert && key === current.key && clientCa === current.clientCa) return;
    current = read.value;
    http.renew(read.value);
    log.info("certificates renewed");
  });
}

function listenFailure(error: unknown, host: string, port: number): Failure {
  const { code = "", errno } = error as NodeJS.ErrnoException;
  const where = quoted(`${host.includes(":") ? `[${host}]` : host}:${port}`);
  if (code === "EADDRINUSE") {
    const message = `another program listens on ${where}; stop it, or name another address with \`--listen\``;
    return { code: "serve_address_in_use", message };
  }
  if (code === "EACCES") {
    const message = `this user may not listen on ${where}; ports below 1024 need a right`;
    return { code: "serve_no_permission", message };
  }
  const why = errno === undefined ? code : getSystemErrorMessage(errno);
  return { code: "serve_address_unusable", message: `nothing can listen on ${where}: ${why}` };
}
