import { expect, test } from "vitest";
import { NameRoom } from "./name-room.ts";

test("a cluster has half of the room, and its names keep what they have", () => {
  const room = new NameRoom<number>(4, 1000);
  const enter = (cluster: string, name: string, what: number): number | undefined =>
    room.enter(cluster, [name], 0, what);
  expect([enter("east", "a", 1), enter("east", "b", 2), enter("east", "c", 3), enter("east", "a", 4)]).toEqual([
    1,
    2,
    undefined,
    1,
  ]);
  expect([enter("west", "a", 5), enter("north", "a", 6), enter("south", "a", 7)]).toEqual([5, 6, undefined]);
});

test("a name that was silent for long makes room for another", () => {
  const forgotten: string[] = [];
  const room = new NameRoom<string>(4, 1000, (what) => forgotten.push(what));
  for (const [name, atMs] of [
    ["a", 0],
    ["b", 0],
    ["a", 900],
  ] as const) {
    room.enter("east", [name], atMs, name);
  }
  expect([room.enter("east", ["c"], 999, "c"), room.enter("east", ["c"], 1000, "c"), forgotten]).toEqual([
    undefined,
    "c",
    ["b"],
  ]);
});

test("the room of names that are forgotten is all there again, once", () => {
  const forgotten: string[] = [];
  const room = new NameRoom<string>(4, 1000, (what) => forgotten.push(what));
  const enter = (words: string, atMs: number): readonly boolean[] =>
    words.split(" ").map((word) => room.enter(word.slice(0, 1), [word], atMs, word) === word);
  const three = [true, true, true];
  expect(enter("e1 e2 w1 w2 n1", 0)).toEqual([...three, true, false]);
  expect(enter("n1 n2 n3 s1 s2 o1", 1000)).toEqual([true, true, false, true, true, false]);
  expect(forgotten).toEqual(["e1", "e2", "w1", "w2"]);
});
