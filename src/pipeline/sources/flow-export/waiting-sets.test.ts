import fc from "fast-check";
import { expect, test } from "vitest";
import { costOf, type WaitingSet, WaitingSets } from "./waiting-sets.ts";

const times = { receivedMs: 0, exportMs: 0, uptimeMs: -1 };

test("sets wait as in a list that is searched from its beginning", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ does: fc.constant("add" as const), id: fc.nat(4), length: fc.nat(9) }),
      fc.record({ does: fc.constantFrom("drop" as const, "take" as const), id: fc.nat(4), length: fc.constant(0) }),
    ),
    { maxLength: 100 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const waiting = new WaitingSets();
      let list: WaitingSet[] = [];
      for (const { does, id, length } of all) {
        if (does === "add") {
          const one = { id, bytes: new Uint8Array(length), times };
          waiting.add(one);
          list.push(one);
        } else if (does === "drop") {
          waiting.dropOldest();
          list.shift();
        } else {
          expect(waiting.take(id)).toEqual(list.filter((one) => one.id === id));
          list = list.filter((one) => one.id !== id);
        }
        expect(waiting.oldest).toBe(list[0]);
        expect(waiting.count).toBe(list.length);
        expect(waiting.cost).toBe(list.reduce((sum, one) => sum + costOf(one), 0));
      }
    }),
  );
});
