import type { FastifyInstance } from "fastify";
import type { Desk } from "../../../../app/desk/desk.ts";
import { pageOf } from "../../../../app/wire/list.ts";
import { overview } from "../../../../app/wire/overview.ts";
import { ruleFinding, ruleQuery } from "../../../../app/wire/rules.ts";
import { sourceQuery, sourceRow } from "../../../../app/wire/sources.ts";
import { timeline, timelineQuery, trafficQuery, trafficRow } from "../../../../app/wire/traffic.ts";
import { addRoute, type RouteSurroundings } from "../route.ts";

/** What was recorded and found: overview, traffic, rules, sources. */
export function addRecordedRoutes(
  app: FastifyInstance,
  desk: Pick<Desk, "overview" | "traffic" | "rules" | "sources">,
  around: RouteSurroundings,
): void {
  addRoute(app, around, {
    method: "GET",
    url: "/overview",
    name: "getOverview",
    tag: "Overview",
    summary: "Figures over the namespaces that you may see, and what needs a decision",
    answer: overview,
    handle: ({ who }) => desk.overview.overview(who),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/traffic",
    name: "listTraffic",
    tag: "Traffic",
    summary: "Recorded edges by any dimensions",
    description: "Without `by` each edge is a row; `by=namespace&by=port` adds up.",
    query: trafficQuery,
    answer: pageOf(trafficRow),
    handle: ({ who, query, signal }) => desk.traffic.list(who, query, signal),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/traffic/timeline",
    name: "getTimeline",
    tag: "Traffic",
    summary: "Flows over time, cut by at most one dimension",
    query: timelineQuery,
    answer: timeline,
    handle: ({ who, query, signal }) => desk.traffic.timeline(who, query, signal),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/rules",
    name: "listRuleFindings",
    tag: "Rules",
    summary: "Rules in force that want mending: unused, shadowed, too broad",
    query: ruleQuery,
    answer: pageOf(ruleFinding),
    handle: ({ who, query }) => desk.rules.list(who, query),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/sources",
    name: "listSources",
    tag: "Sources",
    summary: "How the sources of flows stand",
    query: sourceQuery,
    answer: pageOf(sourceRow),
    handle: ({ who, query }) => desk.sources.list(who, query),
  });
}
