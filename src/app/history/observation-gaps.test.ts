import { expect, test } from "vitest";
import { hourMs, monday } from "../../../test/history/batch-for-test.ts";
import { type HourSpan, spansOfHours } from "./hour-span.ts";
import { observationGaps, withoutHours } from "./observation-gaps.ts";

/** Hours counted from monday, `0-3 7`. */
function spans(text: string): readonly HourSpan[] {
  return text.split(" ").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return first === undefined || part === "" ? [] : [{ firstHour: monday + first, lastHour: monday + last! }];
  });
}

function inWords(gaps: readonly (HourSpan & { readonly cluster: string })[]): string {
  return gaps.map((gap) => `${gap.cluster} ${gap.firstHour - monday}-${gap.lastHour - monday}`).join(", ");
}

const always = { fromMs: 0, toMs: (monday + 1000) * hourMs };

test.each<[string, [cluster: string, kind: string, hours: string][], now: number, gaps: string]>([
  ["who reports every hour misses none", [["east", "hubble", "0-9"]], 10.5, ""],
  ["hours between two reports", [["east", "hubble", "0-3 6-9"]], 10.5, "east 4-5"],
  ["hours up to now", [["east", "hubble", "0-3"]], 10.5, "east 4-9"],
  ["the hour that is not over", [["east", "hubble", "0-9"]], 10.99, ""],
  [
    "another source fills a gap",
    [
      ["east", "hubble", "0-3 6-9"],
      ["east", "pcap", "3-6"],
    ],
    10,
    "",
  ],
  [
    "another cluster does not",
    [
      ["west", "hubble", "0-3"],
      ["east", "hubble", "0-9"],
    ],
    10,
    "west 4-9",
  ],
  [
    "recordings report nothing of the kind",
    [
      ["east", "import netobserv", "2 9"],
      ["east", "import", "1"],
    ],
    20,
    "",
  ],
  [
    "and fill nothing",
    [
      ["east", "import netobserv", "5"],
      ["east", "hubble", "4 6"],
    ],
    7,
    "east 5-5",
  ],
  ["a clock that is ahead", [["east", "hubble", "0-3 500"]], 10, "east 4-9"],
  ["only a clock that is ahead", [["east", "hubble", "500"]], 10, ""],
  ["nothing was ever reported", [["east", "hubble", ""]], 10, ""],
  ["nobody at all", [], 10, ""],
])("%s", (_, reported, now, gaps) => {
  const health = reported.map(([cluster, kind, hours]) => ({ cluster, kind, reportedHours: spans(hours) }));
  expect(inWords(observationGaps(health, { window: always, nowMs: (monday + now) * hourMs }))).toBe(gaps);
});

test("what is after the window does not matter", () => {
  const health = [{ cluster: "east", kind: "hubble", reportedHours: spans("0-3") }];
  const window = { fromMs: 0, toMs: (monday + 6) * hourMs };
  expect(inWords(observationGaps(health, { window, nowMs: (monday + 99) * hourMs }))).toBe("east 4-5");
});

test("hours with flows are no gap", () => {
  const gaps = [{ cluster: "east", firstHour: monday + 4, lastHour: monday + 9 }];
  expect(inWords(withoutHours(gaps, new Set([monday + 4, monday + 6, monday + 20])))).toBe("east 5-5, east 7-9");
});

test("spans are the fewest, whatever the order", () => {
  expect(spansOfHours([7, 1, 3, 2, 2])).toEqual([
    { firstHour: 1, lastHour: 3 },
    { firstHour: 7, lastHour: 7 },
  ]);
});
