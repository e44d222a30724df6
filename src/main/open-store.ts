import type { Failure } from "../app/failure.ts";
import type { EdgeStore } from "../app/history/edge-store.ts";
import type { StorePlace } from "../app/serve.ts";
import type { Result } from "../core/result.ts";

/** Opens the history for writing. The adapter, and what it rests on, is loaded when it is needed. */
export async function openStore(place: StorePlace): Promise<Result<EdgeStore, Failure>> {
  const { openDuckDbStore } = await import("../adapters/duckdb/edge-store.ts");
  return openDuckDbStore({ folder: place.folder, access: "write", memoryLimitMib: place.memoryMib });
}
