import { access } from "node:fs/promises";
import { join } from "node:path";
import serveFiles from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import { sendProblem } from "../problem.ts";
import { notBuilt } from "./not-built.ts";

/**
 * Everything comes from files of ours, styles too: PatternFly and the virtual tables set single properties from scripts, which no policy
 * forbids, and code views keep their style sheets in shadow roots, adopted there (`pages/editor/yaml-look.ts`).
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Addresses of programs: what is not there is a problem, never a page. */
const programs = /^\/(?:api|auth|hooks|v1|metrics|healthz|readyz)(?:\/|$)/;
const assets = /^\/assets\/[^/]+$/;
const file = /^\/[^/]+\.[a-z0-9]{2,11}$/;

/** `GET /*`: files of the application; whatever else a person may have typed or bookmarked is its start page. */
export async function addWeb(app: FastifyInstance, folder: string, isSecure: boolean): Promise<void> {
  await app.register(serveFiles, {
    root: folder,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    lastModified: false,
    index: false,
    dotfiles: "ignore",
  });
  app.addHook("onRequest", (_, reply, next) => {
    reply.header("content-security-policy", contentSecurityPolicy);
    reply.header("cross-origin-opener-policy", "same-origin");
    reply.header("cross-origin-resource-policy", "same-origin");
    reply.header("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    if (isSecure) reply.header("strict-transport-security", "max-age=31536000");
    next();
  });
  // A file that is missing now may be there in a moment.
  app.addHook("onSend", (_, reply, payload, next) => {
    if (reply.statusCode >= 400) reply.header("cache-control", "no-store");
    next(null, payload);
  });
  app.route({
    method: ["GET", "HEAD"],
    url: "/*",
    schema: { hide: true },
    handler: async (request, reply) => {
      const path = request.url.split("?", 1)[0]!;
      if (programs.test(path)) return nothing(reply);
      if (assets.test(path)) {
        return reply.header("cache-control", "public, max-age=31536000, immutable").sendFile(path.slice(1));
      }
      reply.header("cache-control", "no-cache");
      if (file.test(path)) return reply.sendFile(path.slice(1));
      if (await isThere(join(folder, "index.html"))) return reply.sendFile("index.html");
      return reply.code(503).type("text/html; charset=utf-8").send(notBuilt);
    },
  });
}

function nothing(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 404, { code: "http_not_found", message: "there is nothing at this address" });
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
