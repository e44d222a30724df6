import { expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import type { ServiceUse } from "../services/service-use.ts";
import { behaviourChanges } from "./behaviour-change.ts";

const monday = Date.UTC(2026, 1, 2) / 3_600_000;
const days = 21;
const window = { firstMs: monday * 3_600_000, lastMs: (monday + days * 24 - 1) * 3_600_000 };

/** A use by Deployment/cart of its own service, at the hours of the window that fit. */
function use(name: string, isOn: (hour: number) => boolean): ServiceUse {
  const hours = Array.from({ length: days * 24 }, (_, i) => i).filter(isOn);
  const edge = edgeForTest(`shop/Deployment/cart tcp 192.0.2.1:443 ${name}`, {
    activity: hours.map((hour) => ({ hour: monday + hour, flows: 1 })),
  });
  const service = { id: `name:${name}`, title: name, by: "name", catalogue: undefined, owner: undefined } as const;
  return { service, namespace: "shop", names: [name], ports: [], edges: [edge], published: [] };
}

const always = use("always.example", () => true);

test.each<[string, (hour: number) => boolean, readonly string[]]>([
  ["what is used all the time does not change", () => true, []],
  ["what stopped a week ago did", (hour) => hour < 14 * 24, ["stopped"]],
  ["what stopped yesterday may come back", (hour) => hour < 20 * 24, []],
  ["what was always rare may come back as well", (hour) => hour % 60 === 0 && hour < 17 * 24, []],
  ["what began on the tenth day did", (hour) => hour >= 10 * 24, ["started"]],
  ["what began and stopped did both", (hour) => hour >= 5 * 24 && hour < 9 * 24, ["started", "stopped"]],
  ["what was there with the workload did not begin", (hour) => hour >= 5, []],
  ["what comes every night and missed two is over", (hour) => hour % 24 === 3 && hour < 18 * 24, ["stopped"]],
])("%s", (_title, isOn, expected) => {
  const changes = behaviourChanges([always, use("api.example", isOn)], window);
  expect(changes.map(({ kind }) => kind)).toEqual(expected);
});
