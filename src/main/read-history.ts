import type { ReadHistory } from "../app/history/history-place.ts";
import { ok } from "../core/result.ts";

/** A folder of this machine is opened; a collector is asked over HTTP. */
export const readHistory: ReadHistory = async (place) => {
  if (place.kind === "folder") {
    const { openDuckDbStore } = await import("../adapters/duckdb/edge-store.ts");
    return openDuckDbStore({ folder: place.folder, access: "read" });
  }
  const { openRemoteHistory } = await import("../adapters/collector-client/history.ts");
  return ok(openRemoteHistory(place));
};
