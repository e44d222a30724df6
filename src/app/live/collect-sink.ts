import type { BatchSink, Delivery } from "./batch-sink.ts";
import { ownProcess } from "./collect-permission.ts";
import type { Collector } from "./collect.ts";
import { maxBatchBytes } from "./decode-batch.ts";

/** What a row takes as text, about; only quotas and the waiting room ask. */
const bytesPerRow = 96;

/** The collector as the sink of an observer in the same process. Closing it leaves the collector open. */
export function collectorSink(collector: Collector, version: string): BatchSink {
  return {
    deliver: async (batch, signal): Promise<Delivery> => {
      signal.throwIfAborted();
      const { edges, names, coarse, health } = batch;
      const rows = edges.length + names.length + coarse.length + health.length;
      const bytes = Math.min(maxBatchBytes, rows * bytesPerRow);
      const acceptance = await collector.accept(batch, { permission: ownProcess, bytes, version, address: "" });
      switch (acceptance.kind) {
        case "stored":
        case "known":
          return { kind: "stored" };
        case "later":
          return { kind: "later", reason: acceptance.failure.message, afterMs: acceptance.afterMs };
        case "forbidden":
        case "refused":
          return { kind: "refused", reason: acceptance.failure.message };
        default:
          return acceptance satisfies never;
      }
    },
    close: () => Promise.resolve(),
  };
}
