import { describe, expect, test } from "vitest";
import type { FlowMap } from "../../../../../app/wire/namespaces.ts";
import { fit, layoutMap, narrowMap, rowHeight } from "./map-layout.ts";

function mapOf(workloads: number, services: number): FlowMap {
  return {
    workloads: Array.from({ length: workloads }, (_, index) => ({ id: `Deployment/w${index}`, flows: 10 })),
    services: Array.from({ length: services }, (_, index) => ({
      id: `s${index}`,
      title: index === 0 ? "2 more services" : `host${index}.example`,
      group: ["name", "public", "private"][index % 3] ?? "name",
      destinations: 1,
      examples: [`203.0.113.${index % 250}`],
      flows: index,
      isRest: index === 0,
    })),
    links: Array.from({ length: services }, (_, index) => ({
      workload: `Deployment/w${index % workloads}`,
      service: `s${index}`,
      flows: 10 ** (index % 9),
      bytes: null,
      ports: [`${440 + index}/tcp`],
      verdict: "allow" as const,
    })),
  };
}

describe("a map of 500 services", () => {
  const layout = layoutMap(mapOf(14, 500));

  test("has room for each node", () => {
    for (const side of [layout.workloads, layout.services]) {
      const places = side.map(({ y }) => y).toSorted((a, b) => a - b);
      expect(places.every((y, index) => index === 0 || y - (places[index - 1] ?? 0) >= rowHeight)).toBe(true);
      expect((places.at(-1) ?? 0) + rowHeight).toBeLessThanOrEqual(layout.height);
    }
  });

  test("has every line, none wider than 6 px, and the rest last", () => {
    expect(layout.lines).toHaveLength(500);
    expect(Math.max(...layout.lines.map(({ width }) => width))).toBeLessThanOrEqual(6);
    expect(layout.services.at(-1)?.isRest).toBe(true);
    expect(layout.headings.map(({ title }) => title)).toEqual([
      "Known by name",
      "Public addresses",
      "Private addresses",
      "The rest",
    ]);
  });
});

describe("narrowing", () => {
  const map = mapOf(3, 9);

  test.each([
    ["nothing", "", undefined, 9],
    ["a name", "host4", undefined, 1],
    ["an address among the examples", "203.0.113.7", undefined, 1],
    ["a port", "447/tcp", undefined, 1],
    ["a workload", "w1", undefined, 3],
    ["a chosen workload", "", "workload:Deployment/w2", 3],
    ["a chosen service", "", "service:s5", 1],
    ["what is nowhere", "nowhere", undefined, 0],
  ])("by %s", (_, find, focus, links) => {
    const narrowed = narrowMap(map, find, focus);
    expect(narrowed.links).toHaveLength(links);
    expect(narrowed.services).toHaveLength(new Set(narrowed.links.map(({ service }) => service)).size);
  });
});

test("titles that are too long are cut", () => {
  expect([fit("short", 100), fit("a.very.long.name.example.com", 72)]).toEqual(["short", "a.very.lo…"]);
});
