import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import { batchForTest } from "./batch-for-test.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("what was appended of a batch that failed is gone, also when its memory is collected", async () => {
  const folder = await mkdtemp(join(tmpdir(), "postern-history-"));
  try {
    const opened = await openDuckDbStore({ folder, access: "write", threads: 1 });
    if (!opened.ok) throw new Error(opened.error.message);
    const store = opened.value;
    const batch = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com", 3, 10]]);
    const [name] = batch.names;
    // An owner that is not there breaks it, behind a row that is well.
    const broken = { ...batch, names: [name!, { ...name!, owner: 7 }] };
    await expect(store.append([broken])).rejects.toThrow("could not be used");
    for (let i = 0; i < 10; i += 1) {
      collectGarbage();
      await setImmediate();
    }
    expect(await store.append([batch])).toEqual(["stored"]);
    const window = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    const names = await store.names({ cluster: "east", namespace: "shop", window, limit: 10 });
    expect(names.map(({ count }) => count)).toEqual([name!.count]);
    await store.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
