import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import { edgeStoreContract } from "./edge-store-contract.ts";

let folder = "";
let opened = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-history-"));
});
afterAll(async () => rm(folder, { recursive: true }));

edgeStoreContract(async () => {
  opened += 1;
  const store = await openDuckDbStore({ folder: join(folder, String(opened)), access: "write", threads: 2 });
  if (!store.ok) throw new Error(store.error.message);
  return store.value;
});
