import { expect, test } from "vitest";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { SharedNames } from "./collect-shared-names.ts";

/** Whether each batch in turn shows that there are two. A word is an observer and the letter of its run: `edge:a`. */
function signs(words: string): readonly boolean[] {
  const names = new SharedNames();
  return words.split(" ").map((word) => {
    const [observer, incarnation] = word.split(":");
    return names.note({ cluster: "east", observer, incarnation } as SealedBatch, "192.0.2.1") !== undefined;
  });
}

const no = (times: number): readonly boolean[] => Array.from({ length: times }, () => false);

test.each<[string, string, readonly boolean[]]>([
  ["one run is one observer", "edge:a edge:a edge:a", [false, false, false]],
  ["a run follows another when it starts again", "edge:a edge:b edge:b edge:c", [false, false, false, false]],
  ["a run that comes back is a second observer", "edge:a edge:b edge:a edge:b", [false, false, true, true]],
  ["even when one of them starts again", "edge:a edge:b edge:c edge:b", [false, false, false, true]],
  ["four runs before it are remembered", "edge:a edge:b edge:c edge:d edge:e edge:a", [...no(5), true]],
  ["no more than four are", "edge:a edge:b edge:c edge:d edge:e edge:f edge:a", no(7)],
  ["each name has runs of its own", "edge:a core:c edge:b core:d edge:a core:c", [...no(4), true, true]],
  ["two names are two observers", "edge:a core:b edge:a core:b", [false, false, false, false]],
])("%s", (_, words, expected) => {
  expect(signs(words)).toEqual(expected);
});

test("where both ship from is told", () => {
  const names = new SharedNames();
  const batch = (incarnation: string): SealedBatch =>
    ({ cluster: "east", observer: "edge", incarnation }) as SealedBatch;
  names.note(batch("a"), "192.0.2.1");
  names.note(batch("b"), "2001:db8::2");
  expect(names.note(batch("a"), "192.0.2.3")?.addresses).toEqual(["192.0.2.3", "2001:db8::2"]);
});

test("names that come and go do not gather", () => {
  const names = new SharedNames();
  const batch = (observer: string, incarnation: string): SealedBatch =>
    ({ cluster: "east", observer, incarnation }) as SealedBatch;
  names.note(batch("first", "a"), "");
  names.note(batch("first", "b"), "");
  for (let i = 0; i < 20_000; i += 1) names.note(batch(`node-${i}`, "a"), "");
  expect(names.note(batch("first", "a"), "")).toBeUndefined();
  names.note(batch("first", "b"), "");
  for (let i = 0; i < 19_999; i += 1) names.note(batch(`other-${i}`, "a"), "");
  names.note(batch("first", "b"), "");
  names.note(batch("one-more", "a"), "");
  expect(names.note(batch("first", "a"), "")).toBeDefined();
});
