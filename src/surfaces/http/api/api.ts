import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import { createSerializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { Sessions } from "../../../app/access/sessions.ts";
import { userDesk } from "../../../app/access/user-desk.ts";
import { addHooks } from "../hooks/hooks.ts";
import { sendProblem } from "../problem.ts";
import { addRedirects } from "../sign-in/redirects.ts";
import { addSessionRoutes } from "../sign-in/session-routes.ts";
import { addWeb } from "../web/web.ts";
import type { ApiParts, ApiSurroundings } from "./api-parts.ts";
import { addCompression } from "./compress.ts";
import { addErrors } from "./errors.ts";
import { addEvents } from "./events.ts";
import { addGuard } from "./guard.ts";
import { addOpenApi } from "./openapi.ts";
import { requestLimits } from "./request-limits.ts";
import type { RouteSurroundings } from "./route.ts";
import { addAuditRoutes } from "./routes/audit.ts";
import { addNamespaceRoutes } from "./routes/namespaces.ts";
import { addProposalRoutes } from "./routes/proposals.ts";
import { addRecordedRoutes } from "./routes/recorded.ts";
import { addSettingsRoutes } from "./routes/settings.ts";
import { addUserRoutes } from "./routes/users.ts";

/** Adds the API, signing in, hooks and the application to a server. What the server had before stays as it is. */
export function addApi(app: FastifyInstance, parts: ApiParts, { tokens, nowMs, log, hasTls }: ApiSurroundings): void {
  const { desk, publicUrl, signIn, webFolder } = parts;
  const limits = { ...requestLimits, ...parts.limits };
  const isSecure = hasTls || publicUrl?.protocol === "https:";
  if ((signIn.trustedProxies ?? []).length > 0 && !isSecure) {
    log.warn("proxies are trusted and `--public-url` is no https address: cookies are not marked `Secure`");
  }
  const sessions = new Sessions(parts.books.sessions, nowMs, signIn.sessionTimes);
  const around: RouteSurroundings = { limits, idempotency: parts.idempotency, nowMs };
  const asking = { sessions, tokens, reviewer: signIn.tokens, nowMs, isSecure };
  const entering = { parts, sessions, limits, nowMs, isSecure, log };

  void app.register(async (own) => {
    await own.register(cookie);
    await own.register(rateLimit, { global: false, cache: 10_000 });
    void own.register(
      async (api) => {
        readJson(api, limits.bodyBytes);
        api.setValidatorCompiler(validatorCompiler);
        api.setSerializerCompiler(createSerializerCompiler());
        addErrors(api, log);
        await addOpenApi(api, parts.version);
        addGuard(api, { ...asking, limits, publicUrl, log });
        // After the guard's hooks, which keep what is answered as text.
        addCompression(api, new Set(["/api/v1/session"]));
        addSessionRoutes(api, entering, around);
        addRecordedRoutes(api, desk, around);
        addProposalRoutes(api, desk.proposals, around);
        addNamespaceRoutes(api, desk.namespaces, around);
        addAuditRoutes(api, desk.audit, around);
        addSettingsRoutes(api, desk.settings, around);
        if (signIn.local) addUserRoutes(api, userDesk(parts.books, parts.access, nowMs), around);
        addEvents(api, { ...asking, events: parts.events, access: parts.access, limits });
        api.setNotFoundHandler((_, reply) =>
          sendProblem(reply, 404, { code: "http_not_found", message: "there is nothing at this address" }),
        );
      },
      { prefix: "/api/v1" },
    );
    void own.register((auth, _, done) => {
      addErrors(auth, log);
      addRedirects(auth, entering);
      done();
    });
    void own.register((hooks, _, done) => {
      addErrors(hooks, log);
      addHooks(hooks, parts);
      done();
    });
    if (webFolder !== undefined) void own.register((web) => addWeb(web, webFolder, isSecure));
  });
}

/** JSON only: a form of another site cannot send it without asking first. */
function readJson(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string", bodyLimit }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parse(request, body as string, done);
  });
}
