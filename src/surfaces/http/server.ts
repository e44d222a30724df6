import type { AddressInfo } from "node:net";
import { fastify, type FastifyInstance, type FastifyReply, LogController } from "fastify";
import type { Failure } from "../../app/failure.ts";
import type { HistoryReader } from "../../app/history/history-reader.ts";
import type { Permission } from "../../app/live/collect-permission.ts";
import type { Collector } from "../../app/live/collect.ts";
import type { State } from "../../app/state/state.ts";
import { everyCluster, type TokenScope } from "../../app/state/tokens.ts";
import type { ApiParts } from "./api/api-parts.ts";
import { addApi } from "./api/api.ts";
import { authenticate } from "./authenticate.ts";
import { BodyReader } from "./batch-body.ts";
import { addBatches } from "./batches.ts";
import { FailureLimit, networkOf } from "./failure-limit.ts";
import { addHealth } from "./health.ts";
import { addHistory } from "./history.ts";
import { type Listener, listenerLimits, makeListener, type TlsMaterial } from "./listener.ts";
import { type Log, Repeated } from "./log.ts";
import type { CollectMetrics } from "./metrics.ts";
import { sendProblem, stateUnreachable } from "./problem.ts";
import { addSources } from "./sources.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set before the handler of every route with a scope. */
    permission?: Permission;
  }
  interface FastifyContextConfig {
    /** What the client must be allowed to do; undefined: anybody may ask. */
    scope?: TokenScope;
    /** Only for those who may use every cluster. */
    everything?: boolean;
  }
}

export interface HttpParts {
  readonly state: State;
  readonly history: HistoryReader;
  readonly collector: Collector;
  readonly metrics: CollectMetrics;
  /** Writes what is known of sources to the state. */
  readonly flush: () => Promise<void>;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly tls: TlsMaterial | undefined;
  /** Anybody may read the figures, names of clusters and observers included. */
  readonly openMetrics: boolean;
  readonly bodies?: BodyReader;
  /** What people and their programs use; undefined: a collector alone. */
  readonly api?: ApiParts | undefined;
}

export interface HttpServer {
  /** Every route that there is, as `GET /healthz`, once it listens. */
  readonly routes: readonly string[];
  /** @returns where it listens, as a URL; a port of 0 is one that is free. Rejects with the system's error. */
  listen(host: string, port: number): Promise<string>;
  renew(tls: TlsMaterial): void;
  /** No longer ready: balancers send new requests elsewhere. */
  announceStop(): void;
  /** Lets requests under way be answered, for as long as `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The collector's HTTP surface. Nothing listens yet. */
export function makeHttpServer(parts: HttpParts): HttpServer {
  const { state, history, collector, metrics, log, nowMs, tls } = parts;
  let isStopping = false;
  let listener: Listener | undefined;
  const repeated = new Repeated(nowMs);
  const crowdedOut = (): void => {
    metrics.crowdedOut();
    const silenced = repeated.tell("crowded out");
    if (silenced !== undefined) log.warn({ silenced }, "connections make room for others: there are too many");
  };
  const app: FastifyInstance = fastify({
    // Its own lines are about itself; what happens is told by us.
    loggerInstance: log.child({ component: "http" }, { level: log.level === "silent" ? "silent" : "warn" }),
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    routerOptions: { maxParamLength: 600, ignoreTrailingSlash: false },
    return503OnClosing: false,
    trustProxy: [...(parts.api?.signIn.trustedProxies ?? [])],
    exposeHeadRoutes: false,
    // Addresses that no route is looked up for, so that no hook runs either.
    frameworkErrors: (_, __, reply) => {
      addSecurityHeaders(reply, tls !== undefined);
      const failure = { code: "http_request", message: "the address cannot be understood" };
      void sendProblem(reply, 400, failure, { mustClose: true });
    },
    serverFactory: (handler) => {
      listener = makeListener(handler, tls, listenerLimits, crowdedOut);
      return listener.server;
    },
  }) as unknown as FastifyInstance;
  const routes: string[] = [];
  app.addHook("onRoute", ({ method, url }) => void routes.push(...[method].flat().map((each) => `${each} ${url}`)));
  // Handlers read bodies themselves, after they know who asks.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", (_request, _payload, done) => done(null));

  app.addHook("onRequest", (_, reply, next) => {
    addSecurityHeaders(reply, tls !== undefined);
    next();
  });
  addPermissions(app, parts, repeated);
  app.addHook("preHandler", (request, _, next) => {
    const client = request.permission?.subject ?? request.asker?.principal.subject;
    if (client !== undefined) listener?.vouch(request.raw.socket, client);
    next();
  });
  app.addHook("onResponse", (request, reply, next) => {
    const { id: requestId, permission } = request;
    const ms = Math.round(reply.elapsedTime);
    log.debug({ requestId, req: request, res: reply, subject: permission?.subject, ms }, "answered");
    next();
  });
  app.setNotFoundHandler((_, reply) =>
    sendProblem(
      reply,
      404,
      { code: "http_not_found", message: "there is nothing at this address" },
      { mustClose: true },
    ),
  );
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const { statusCode = 500, code } = error;
    if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
      const failure = { code: "body_type", message: "send `Content-Type: application/json`" };
      return sendProblem(reply, 415, failure, { mustClose: true });
    }
    if (statusCode >= 400 && statusCode < 500) {
      const failure = { code: "http_request", message: "the request cannot be understood" };
      return sendProblem(reply, statusCode, failure, { mustClose: true });
    }
    log.error({ requestId: request.id, err: error }, "request failed");
    const failure: Failure = { code: "http_failed", message: "the collector failed; its log says why" };
    return sendProblem(reply, 500, failure, { mustClose: true });
  });

  const bodies = parts.bodies ?? new BodyReader();
  addBatches(app, { collector, bodies, metrics, repeated, log });
  addHistory(app, history);
  addSources(app, state, parts.flush, nowMs, log);
  addHealth(app, { state, history, collector, isStopping: () => isStopping, nowMs, log, repeated });
  const access = parts.openMetrics ? {} : ({ scope: "read", everything: true } as const);
  app.get("/metrics", { config: access }, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );

  if (parts.api !== undefined) addApi(app, parts.api, { tokens: state.tokens, nowMs, log, hasTls: tls !== undefined });

  return {
    routes,
    listen: async (host, port) => {
      await app.listen({ host, port });
      const { address, family, port: own } = app.server.address() as AddressInfo;
      return `${tls === undefined ? "http" : "https"}://${family === "IPv6" ? `[${address}]` : address}:${own}`;
    },
    renew: (renewed) => listener?.renew(renewed),
    announceStop: () => {
      isStopping = true;
    },
    close: async (graceMs) => {
      isStopping = true;
      const timer = setTimeout(() => listener?.destroyConnections(), graceMs);
      await app.close();
      clearTimeout(timer);
      listener?.destroyConnections();
    },
  };
}

function addSecurityHeaders(reply: Pick<FastifyReply, "header" | "request">, hasTls: boolean): void {
  for (const [name, value] of Object.entries(securityHeaders)) reply.header(name, value);
  if (hasTls) reply.header("strict-transport-security", "max-age=31536000");
  reply.header("x-request-id", reply.request.id);
}

/** Routes with a scope are for those who have it. */
function addPermissions(app: FastifyInstance, { state, metrics, log, nowMs }: HttpParts, repeated: Repeated): void {
  const limit = new FailureLimit(nowMs);
  app.addHook("onRequest", async (request, reply) => {
    const { scope, everything = false } = request.routeOptions.config;
    if (scope === undefined) return undefined;
    const permission = await authenticate(request, state.tokens, nowMs()).catch((error: unknown) => {
      const silenced = repeated.tell(stateUnreachable.code);
      if (silenced !== undefined) log.error({ err: error, silenced }, "the state cannot be reached");
      return undefined;
    });
    if (permission === undefined) return sendProblem(reply, 503, stateUnreachable, { afterMs: 5_000, mustClose: true });
    if (!permission.ok) {
      const { code, message } = permission.error;
      metrics.unknownClient(code);
      const silenced = repeated.tell(`${code} ${networkOf(request.ip)}`);
      if (silenced !== undefined) {
        log.warn({ requestId: request.id, req: request, code, reason: message, silenced }, "unknown client");
      }
      const afterMs = limit.failed(request.ip);
      if (afterMs === undefined) return sendProblem(reply, 401, permission.error, { mustClose: true });
      const failure = {
        code: "http_too_many_failures",
        message: `too many failures from this address; the last: ${message}`,
      };
      return sendProblem(reply, 429, failure, { afterMs, mustClose: true });
    }
    const { subject, scopes, clusters } = permission.value;
    if (!scopes.includes(scope) || (everything && !clusters.includes(everyCluster))) {
      const needed = everything ? `the scope \`${scope}\` for every cluster` : `the scope \`${scope}\``;
      const failure = { code: "collector_scope_missing", message: `${subject} does not have ${needed}` };
      return sendProblem(reply, 403, failure, { mustClose: true, afterMs: 60_000 });
    }
    request.permission = permission.value;
    return undefined;
  });
}
