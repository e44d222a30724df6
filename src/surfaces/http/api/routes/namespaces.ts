import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { NamespaceDesk } from "../../../../app/desk/desk.ts";
import { pageOf } from "../../../../app/wire/list.ts";
import {
  flowMap,
  flowMapQuery,
  namespaceDetail,
  namespaceQuery,
  namespaceSummary,
  phaseChange,
  phaseView,
} from "../../../../app/wire/namespaces.ts";
import { pathName } from "../problem-answers.ts";
import { addRoute, type RouteSurroundings } from "../route.ts";

const tag = "Namespaces";
const one = z.object({ cluster: pathName, namespace: pathName });

export function addNamespaceRoutes(app: FastifyInstance, desk: NamespaceDesk, around: RouteSurroundings): void {
  addRoute(app, around, {
    method: "GET",
    url: "/namespaces",
    name: "listNamespaces",
    tag,
    summary: "Namespaces that you may see, with phase, coverage, readiness and exposure",
    query: namespaceQuery,
    answer: pageOf(namespaceSummary),
    handle: ({ who, query }) => desk.list(who, query),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/namespaces/:cluster/:namespace",
    name: "getNamespace",
    tag,
    summary: "One namespace: policies in force with the traffic of each rule, proposals, history",
    params: one,
    answer: namespaceDetail,
    handle: ({ who, params }) => desk.get(who, params),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/namespaces/:cluster/:namespace/flow-map",
    name: "getFlowMap",
    tag,
    summary: "Who talks to what: workloads, services, and the traffic between them",
    params: one,
    query: flowMapQuery,
    answer: flowMap,
    isSlow: true,
    handle: ({ who, params, query }) => desk.flowMap(who, params, query),
  });
  addRoute(app, around, {
    method: "PUT",
    url: "/namespaces/:cluster/:namespace/phase",
    name: "changePhase",
    tag,
    summary: "Say how far Postern may go in a namespace: observe, review or automate",
    params: one,
    body: phaseChange,
    answer: phaseView,
    handle: ({ who, params, body }) => desk.changePhase(who, params, body),
  });
}
