import { expect, test } from "vitest";
import type { AutomationSettings } from "../../../../app/wire/settings.ts";
import { automationTroubles, patternsOf } from "./windows.ts";

const good: AutomationSettings = {
  defaultPhase: "observe",
  threshold: 0.99,
  changesPerDay: 10,
  windows: [{ days: [1, 2], from: "09:00", to: "17:00" }],
  timeZone: "Europe/Zurich",
  never: ["openshift-*"],
  onBlocked: "open-revert",
  reviewEveryDays: 30,
};

test.each<readonly [Partial<AutomationSettings>, readonly string[]]>([
  [{}, []],
  // over midnight is a window as well
  [{ windows: [{ days: [7], from: "22:00", to: "04:00" }] }, []],
  [{ windows: [{ days: [], from: "09:00", to: "17:00" }] }, ["Window 1 has no day"]],
  [{ windows: [{ days: [1], from: "9", to: "24:00" }] }, ["Window 1 needs two times, such as 09:00 and 17:00"]],
  [{ windows: [{ days: [1], from: "09:00", to: "09:00" }] }, ["Window 1 begins when it ends"]],
  [{ timeZone: "Mars/Base" }, ["`Mars/Base` is no time zone; write one as Europe/Zurich"]],
  [{ threshold: 0.4 }, ["The threshold is from 50 to 100 %"]],
  [{ changesPerDay: 1.5 }, ["The changes in a day are a whole number up to 10,000"]],
  [{ reviewEveryDays: 0 }, ["People look again after 1 to 366 days"]],
])("%j is told as %j", (change, troubles) => {
  expect(automationTroubles({ ...good, ...change })).toEqual(troubles);
});

test("patterns stand one a line", () => {
  expect(patternsOf(" openshift-*\n\nkube-*, default ")).toEqual(["openshift-*", "kube-*", "default"]);
});
