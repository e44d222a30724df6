import manifest from "../../package.json" with { type: "json" };
import { unpackingSink } from "../adapters/outbox/unpacking-sink.ts";
import type { Failure } from "../app/failure.ts";
import { collectorSink } from "../app/live/collect-sink.ts";
import type { Collector } from "../app/live/collect.ts";
import { ok, type Result } from "../core/result.ts";
import type { Log } from "../surfaces/http/log.ts";
import { openObserver } from "./observe.ts";
import { observerPort } from "./observer-port.ts";

/** An observer in the collector's own process. */
export interface ObserverHere {
  /** Resolves when its last batch is stored, or waits in its buffer for the next start. */
  stop(): Promise<void>;
}

/** Runs the observer of a configuration, with the collector instead of the one that it names. */
export async function observeHere(
  path: string,
  collector: Collector,
  log: Log,
): Promise<Result<ObserverHere, readonly Failure[]>> {
  const settings = await observerPort().readFile(path);
  if (!settings.ok) return settings;
  const own = log.child({ component: "observer" });
  const opened = await openObserver(settings.value, {
    isOnce: false,
    log: { say: (level, message, fields) => own[level](fields, message) },
    sink: unpackingSink(collectorSink(collector, `postern/${manifest.version}`)),
  });
  if (!opened.ok) return opened;
  const stopping = new AbortController();
  const ended = opened.value.run(stopping.signal).then(
    (end) => own.info({ end }, "ended"),
    (error: unknown) => own.error({ err: error }, "the observer failed"),
  );
  return ok({
    stop: async () => {
      stopping.abort();
      await ended;
    },
  });
}
