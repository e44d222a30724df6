import { expect, test } from "vitest";
import { runsOf } from "./marks.tsx";

test("a line has gaps where nothing is known", () => {
  expect(runsOf([null, 1, 2, null, 0, null])).toEqual([[1, 2], [4]]);
});
