import { expect, test } from "vitest";
import { tinySettings } from "../settings.test-support.ts";
import { clusterFacts } from "./cluster.ts";
import { knowledgeOf } from "./known.ts";
import { harvestOf, record } from "./record.ts";
import { trafficOf } from "./traffic.ts";
import { makeWorld, type World } from "./world.ts";

function everything(world: World): unknown {
  const harvest = harvestOf(
    world,
    world.namespaces.map((namespace) => record(world, namespace)),
  );
  return { harvest, facts: clusterFacts(world), knowledge: knowledgeOf(world) };
}

test("the same settings give the same world and the same record", () => {
  expect(everything(makeWorld(tinySettings))).toEqual(everything(makeWorld(tinySettings)));
});

test("another seed gives another one", () => {
  const other = { ...tinySettings, seed: tinySettings.seed + 1 };
  expect(everything(makeWorld(other))).not.toEqual(everything(makeWorld(tinySettings)));
});

test("the days to come do not depend on whether the days before were looked at", () => {
  const [fresh, used] = [makeWorld(tinySettings), makeWorld(tinySettings)];
  const namespace = 1;
  record(used, used.namespaces[namespace]!);
  const week = (world: World): unknown =>
    [...trafficOf(world, world.namespaces[namespace]!, world.learned, world.learned + 86_400 * 2)].map(
      ({ at, address, port, node, host }) => [at, world.book.at(address), port, node, host],
    );
  expect(week(used)).toEqual(week(fresh));
});

test("a sampled record holds less, and says nothing about answers", () => {
  const whole = makeWorld(tinySettings);
  const sampled = makeWorld({ ...tinySettings, sampling: 100 });
  const edges = (world: World): ReturnType<typeof record>["edges"] =>
    world.namespaces.flatMap((namespace) => record(world, namespace).edges);
  expect(edges(sampled).length).toBeLessThan(edges(whole).length);
  expect(edges(whole).map(({ verdict }) => verdict)).toContain("unanswered");
  expect(edges(sampled).map(({ verdict }) => verdict)).not.toContain("unanswered");
});

test("every address of a service lies in what somebody who knows would allow", () => {
  const world = makeWorld(tinySettings);
  const outside = world.namespaces.flatMap((namespace) =>
    [...trafficOf(world, namespace, 0, world.horizon)].filter(({ use, address }) => {
      if (use === undefined) return false;
      const { family, value } = world.book.at(address);
      const ranges = family === 4 ? use.service.truth.v4 : use.service.truth.v6;
      return !ranges.some(({ first, last }) => first <= value && value <= last);
    }),
  );
  expect(outside).toEqual([]);
});
