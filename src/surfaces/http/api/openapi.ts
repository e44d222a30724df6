import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { namedSchemas } from "./named-schemas.ts";

/** Describes every route that is added after it, at `GET /openapi.json`; anybody may read what the server can do. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  const schemaRegistry = namedSchemas();
  const transformObject = createJsonSchemaTransformObject({ schemaRegistry });
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
        { name: "Users", description: "People with a name and password of this server's own." },
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
    transformObject: (document) => withoutUnused(transformObject(document)),
  });
  app.get("/openapi.json", { config: { isAnonymous: true }, schema: { hide: true } }, () => app.swagger());
}

/** Every named shape exists as it is sent and as it is answered; most are only one of them. */
function withoutUnused<T extends object>(document: T): T {
  const { components, ...rest } = document as { components?: { schemas?: Record<string, unknown> } };
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const follow = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name] ?? null);
    }
  };
  follow(rest);
  const kept = Object.fromEntries(
    Object.entries(schemas)
      .filter(([name]) => used.has(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { ...document, components: { ...components, schemas: kept } };
}
