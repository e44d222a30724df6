import type { FastifyInstance } from "fastify";
import type { Failure } from "../../app/failure.ts";
import type { HistoryReader } from "../../app/history/history-reader.ts";
import type { Collector } from "../../app/live/collect.ts";
import type { State } from "../../app/state/state.ts";
import type { Log, Repeated } from "./log.ts";
import { sendProblem, stateUnreachable } from "./problem.ts";

export interface HealthParts {
  readonly state: State;
  readonly history: HistoryReader;
  readonly collector: Collector;
  readonly isStopping: () => boolean;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly repeated: Repeated;
}

/** Probes come from several sides; the databases are asked once for all. */
const rememberedMs = 1_000;

/**
 * `GET /healthz`: the process answers. `GET /readyz`: it can take batches: state and history can be reached, the last write
 * succeeded, there is room, and it is not being stopped. Neither asks who is asking, and neither says more than needed.
 */
export function addHealth(app: FastifyInstance, parts: HealthParts): void {
  let last: { readonly atMs: number; readonly failure: Promise<Failure | undefined> } | undefined;
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", async (_, reply) => {
    const now = parts.nowMs();
    if (last === undefined || now - last.atMs >= rememberedMs || now < last.atMs) {
      last = { atMs: now, failure: unready(parts) };
    }
    const failure = parts.isStopping() ? stopping : await last.failure;
    if (failure === undefined) return reply.send({ status: "ready" });
    return sendProblem(reply, 503, failure, { afterMs: 1000 });
  });
}

const stopping: Failure = { code: "collector_stopping", message: "the collector is being stopped" };

async function unready({ state, history, collector, log, repeated }: HealthParts): Promise<Failure | undefined> {
  if (collector.isFull) return { code: "collector_busy", message: "batches come faster than they can be stored" };
  if (collector.trouble !== undefined) {
    return { code: collector.trouble.code, message: "the history does not take batches; the collector's log says why" };
  }
  try {
    await state.check();
  } catch (error) {
    told(error, "the state cannot be reached");
    return stateUnreachable;
  }
  try {
    await history.sourceHealth({ cluster: "", window: { fromMs: 0, toMs: 1 } });
  } catch (error) {
    told(error, "the history cannot be read");
    return { code: "history_failed", message: "the history cannot be read; the collector's log says why" };
  }
  return undefined;

  // Anybody may ask, as often as he likes.
  function told(error: unknown, what: string): void {
    const silenced = repeated.tell(what);
    if (silenced !== undefined) log.error({ err: error, silenced }, what);
  }
}
