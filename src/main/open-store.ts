import type { Failure } from "../app/failure.ts";
import type { EdgeStore } from "../app/history/edge-store.ts";
import type { TrafficReader } from "../app/history/traffic-reader.ts";
import { CredentialsError, readSecret, readTls } from "../app/live/credentials.ts";
import type { StorePlace } from "../app/serve.ts";
import { fail, type Result } from "../core/result.ts";

/** Opens the history for writing. The adapter, and what it rests on, is loaded when it is needed. */
export async function openStore(place: StorePlace): Promise<Result<EdgeStore & TrafficReader, Failure>> {
  if (place.kind === "duckdb") {
    const { openDuckDbStore } = await import("../adapters/duckdb/edge-store.ts");
    return openDuckDbStore({ folder: place.folder, access: "write", memoryLimitMib: place.memoryMib });
  }
  const { kind: _, passwordFile, caFile, ...own } = place;
  try {
    const password = passwordFile === undefined ? "" : await readSecret(passwordFile, "--clickhouse-password-file");
    const { ca } = caFile === undefined ? { ca: undefined } : await readTls({ caFile });
    const { openClickHouseStore } = await import("../adapters/clickhouse/edge-store.ts");
    return await openClickHouseStore({ ...own, password, ...(ca === undefined ? {} : { ca }) });
  } catch (error) {
    if (error instanceof CredentialsError) return fail({ code: "history_no_password", message: error.message });
    throw error;
  }
}
