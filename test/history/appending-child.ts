import { writeSync } from "node:fs";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";

/** Appends from a sequence on, three at a time, and says each number that was acknowledged; rows are put in order all the time, and maintained now and then; until killed. */
const order = { tailRows: 3, unmergedRows: 2, unmergedPart: 0.5, pieceRows: 2, movedRows: 3 };
const [folder = "", first = "1"] = process.argv.slice(2);
const store = await openDuckDbStore({ folder, access: "write", threads: 1, order });
if (!store.ok) throw new Error(store.error.message);
for (let next = Number(first); ; next += 3) {
  const sequences = [next, next + 1, next + 2];
  await Promise.all(
    sequences.map(async (sequence) => {
      const hour = sequence % 60;
      const batch = batchForTest(
        [
          ["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com", hour, 1],
          ["shop/Deployment/cart tcp 192.0.2.2:443", hour, sequence],
        ],
        { sequence },
      );
      await store.value.append([batch]);
      writeSync(1, `${sequence}\n`);
    }),
  );
  if (next % 30 === 1) await store.value.maintain({ nowMs: (monday + 60) * hourMs, hourlyDays: 1, dailyDays: 90 });
}
