import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Namespaced } from "./namespaced.ts";

const byNumber = (a: number, b: number): number => a - b;

test("is a map by `namespace/name`, in its order", () => {
  // "a-b/x" comes before "a/x": a dash before the slash.
  const name = fc.constantFrom("a", "a-b", "a.b", "a0", "b", "");
  const step = fc.record({ isPut: fc.boolean(), namespace: name, name, thing: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const plain = new Map<string, number>();
      const things = new Namespaced<number>();
      for (const { isPut, namespace, name: called, thing } of steps) {
        const path = `${namespace}/${called}`;
        if (isPut) {
          plain.set(path, thing);
          things.set(namespace, called, thing);
        } else expect(things.delete(namespace, called)).toBe(plain.delete(path));
        expect(things.size).toBe(plain.size);
        expect(things.get(namespace, called)).toBe(plain.get(path));
        expect(things.has(namespace, called)).toBe(plain.has(path));
      }
      const sorted = [...plain].toSorted(([a], [b]) => (a < b ? -1 : 1));
      expect(things.sorted()).toEqual(sorted.map(([, thing]) => thing));
      const entries = [...things.entries()].map(([of, called, thing]): [string, number] => [`${of}/${called}`, thing]);
      expect(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(sorted);
      expect([...things.entries()].map(([, , thing]) => thing).toSorted(byNumber)).toEqual(
        sorted.map(([, thing]) => thing).toSorted(byNumber),
      );
      const inA = sorted.filter(([path]) => path.startsWith("a/"));
      expect([...things.in("a")].toSorted(byNumber)).toEqual(inA.map(([, thing]) => thing).toSorted(byNumber));
    }),
  );
});

test("what is there may be deleted while one goes through", () => {
  const things = new Namespaced<number>();
  for (let i = 0; i < 20; i += 1) things.set(`n${i % 3}`, `${i}`, i);
  for (const [namespace, name, thing] of things.entries()) if (thing % 2 === 0) things.delete(namespace, name);
  expect([...things.entries()].map(([, , thing]) => thing).toSorted(byNumber)).toEqual([
    1, 3, 5, 7, 9, 11, 13, 15, 17, 19,
  ]);
});
