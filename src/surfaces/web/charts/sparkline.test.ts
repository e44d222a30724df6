import { expect, test } from "vitest";
import { sayMinutes } from "./sparkline.tsx";

test.each([
  ["an even stream", [10, 20, 30], [0, 0, 0], "from 10 to 30, 30 last"],
  ["a stream with losses", [10, 0, 5], [0, 7, 9], "from 0 to 10, 5 last; some missing in 2 minutes"],
  ["an observer that stopped", [10, 12, null], [0, 0, null], "from 10 to 12, no report last; no report in 1 minute"],
  ["an observer that came late", [null, null, 3], [], "from 3 to 3, 3 last; no report in 2 minutes"],
  ["nobody", [null, null], [], "nothing was reported"],
  ["no time at all", [], [], "nothing was reported"],
])("the picture of %s is told", (_, values, missing, words) => {
  expect(sayMinutes(values, missing)).toBe(words);
});
