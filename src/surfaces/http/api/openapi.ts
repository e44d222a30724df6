import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { namedSchemas } from "./named-schemas.ts";

/** Describes every route that is added after it, at `GET /openapi.json`; anybody may read what the server can do. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  const schemaRegistry = namedSchemas();
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Postern",
        version,
        description:
          "What people and their programs ask of a Postern server. Refusals are `application/problem+json` with a stable `code`, " +
          "listed in docs/reference/errors.md. Lists take `limit`, `cursor`, `sort` and `q`; a cursor fits only the same filters and order. " +
          "Times are milliseconds since the epoch.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/", description: "The server that answers this." }],
      tags: [
        { name: "Session", description: "Who is signed in." },
        { name: "Overview", description: "Figures over everything that you may see." },
        { name: "Proposals", description: "Policy changes that people review." },
        { name: "Namespaces", description: "What is known and decided of a namespace." },
        { name: "Traffic", description: "Recorded edges." },
        { name: "Rules", description: "What is wrong with rules in force." },
        { name: "Audit", description: "The tamper-evident log." },
        { name: "Sources", description: "Where flows come from." },
        { name: "Settings", description: "Automation and the organisation's law." },
        { name: "Events", description: "What happens, for pages that are open." },
      ],
      components: {
        securitySchemes: {
          session: {
            type: "apiKey",
            in: "cookie",
            name: "__Host-postern",
            description: "Of a browser; changes need `x-postern-csrf` too.",
          },
          token: {
            type: "http",
            scheme: "bearer",
            description: "A token of the cluster, or one of this server's own, which reads only.",
          },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  app.get("/openapi.json", { config: { isAnonymous: true }, schema: { hide: true } }, () => app.swagger());
}
