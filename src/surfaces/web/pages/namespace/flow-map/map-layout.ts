import type { FlowMap } from "../../../../../app/wire/namespaces.ts";

export interface MapNode {
  readonly side: "workload" | "service";
  readonly id: string;
  readonly title: string;
  readonly flows: number;
  readonly isRest: boolean;
  /** Of its box, in px from the top. */
  readonly y: number;
}

export interface MapHeading {
  readonly title: string;
  readonly y: number;
}

export interface MapLine {
  readonly workload: string;
  readonly service: string;
  readonly flows: number;
  readonly verdict: FlowMap["links"][number]["verdict"];
  readonly ports: readonly string[];
  readonly fromY: number;
  readonly toY: number;
  /** 1 to 6 px, by the power of ten of its flows. */
  readonly width: number;
}

export interface MapLayout {
  readonly workloads: readonly MapNode[];
  readonly services: readonly MapNode[];
  readonly headings: readonly MapHeading[];
  /** What is not plainly allowed last, so that it is on top. */
  readonly lines: readonly MapLine[];
  readonly height: number;
}

export const rowHeight = 30;
const headingHeight = 28;
const top = 8;

/** What people call the groups of the API, in the order in which they are shown. */
const groupTitles: Readonly<Record<string, string>> = {
  name: "Known by name",
  provider: "Providers",
  public: "Public addresses",
  private: "Private addresses",
  cluster: "This cluster",
  rest: "The rest",
};
const groupOrder = Object.keys(groupTitles);

export function groupTitle(group: string): string {
  return groupTitles[group] ?? group;
}

/** What is left of a map by a search and a chosen node; a node stays with those it talks to, and counts those flows. */
export function narrowMap(map: FlowMap, find: string, focus: string | undefined): FlowMap {
  const wanted = find.trim().toLowerCase();
  const isWanted = (...texts: readonly string[]): boolean => texts.some((text) => text.toLowerCase().includes(wanted));
  const services = new Set(
    map.services.filter(({ id, title, examples }) => isWanted(id, title, ...examples)).map(({ id }) => id),
  );
  const workloads = new Set(map.workloads.filter(({ id }) => isWanted(id)).map(({ id }) => id));
  const links = map.links.filter(
    (link) =>
      (wanted === "" || services.has(link.service) || workloads.has(link.workload) || isWanted(...link.ports)) &&
      (focus === undefined || keyOf("workload", link.workload) === focus || keyOf("service", link.service) === focus),
  );
  const left = flowsBy(links, ({ workload }) => workload);
  const right = flowsBy(links, ({ service }) => service);
  return {
    workloads: map.workloads.flatMap((each) => (left.has(each.id) ? [{ ...each, flows: left.get(each.id) ?? 0 }] : [])),
    services: map.services.flatMap((each) => (right.has(each.id) ? [{ ...each, flows: right.get(each.id) ?? 0 }] : [])),
    links,
  };
}

function flowsBy(
  links: FlowMap["links"],
  key: (link: FlowMap["links"][number]) => string,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const link of links) sums.set(key(link), (sums.get(key(link)) ?? 0) + link.flows);
  return sums;
}

export function keyOf(side: MapNode["side"], id: string): string {
  return `${side}:${id}`;
}

/** Rows of both sides from the top: services under the heading of their group, those of most flows first. */
export function layoutMap(map: FlowMap): MapLayout {
  const headings: MapHeading[] = [];
  const services: MapNode[] = [];
  let y = top;
  const groups = Map.groupBy(map.services, ({ group, isRest }) => (isRest ? "rest" : group));
  for (const group of [...groups.keys()].toSorted((a, b) => rankOf(a) - rankOf(b))) {
    headings.push({ title: groupTitle(group), y });
    y += headingHeight;
    for (const { id, title, flows, isRest } of (groups.get(group) ?? []).toSorted((a, b) => b.flows - a.flows)) {
      services.push({ side: "service", id, title, flows, isRest, y });
      y += rowHeight;
    }
    y += top;
  }
  const right = new Map(services.map((node) => [node.id, node]));
  // Workloads stand where the lines are short: in the order of the middle of what they talk to, spread over the height.
  const step = Math.max(rowHeight, Math.min(rowHeight * 3, (y - headingHeight) / Math.max(1, map.workloads.length)));
  const workloads = map.workloads
    .map((each) => ({ ...each, middle: middleOf(each.id, map.links, right) }))
    .toSorted((a, b) => a.middle - b.middle)
    .map(({ id, flows }, index): MapNode => ({
      side: "workload",
      id,
      title: id,
      flows,
      isRest: false,
      y: top + headingHeight + index * step,
    }));
  const left = new Map(workloads.map((node) => [node.id, node]));
  const lines = map.links.flatMap(({ workload, service, flows, verdict, ports }): readonly MapLine[] => {
    const [from, to] = [left.get(workload), right.get(service)];
    if (from === undefined || to === undefined) return [];
    const width = 1 + Math.min(5, Math.log10(Math.max(1, flows)) * 0.7);
    return [
      { workload, service, flows, verdict, ports, fromY: from.y + rowHeight / 2, toY: to.y + rowHeight / 2, width },
    ];
  });
  const last = (workloads.at(-1)?.y ?? 0) + rowHeight + top;
  return {
    workloads,
    services,
    headings,
    lines: lines.toSorted((a, b) => Number(a.verdict !== "allow") - Number(b.verdict !== "allow") || a.width - b.width),
    height: Math.max(y, last),
  };
}

function rankOf(group: string): number {
  const rank = groupOrder.indexOf(group);
  if (group === "rest") return groupOrder.length;
  return rank < 0 ? groupOrder.length - 1 : rank;
}

function middleOf(workload: string, links: FlowMap["links"], services: ReadonlyMap<string, MapNode>): number {
  let [sum, weight] = [0, 0];
  for (const link of links) {
    if (link.workload !== workload) continue;
    sum += (services.get(link.service)?.y ?? 0) * link.flows;
    weight += link.flows;
  }
  return weight === 0 ? Number.POSITIVE_INFINITY : sum / weight;
}

/** As many letters as fit, the end cut off. */
export function fit(text: string, width: number): string {
  const letters = Math.max(4, Math.floor(width / 7.2));
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
