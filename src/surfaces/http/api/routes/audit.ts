import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { AuditDesk } from "../../../../app/desk/desk.ts";
import { auditQuery, auditRow, checkpointView, inclusionProof } from "../../../../app/wire/audit.ts";
import { pageOf } from "../../../../app/wire/list.ts";
import { problemAnswers } from "../problem-answers.ts";
import { addRoute, type RouteSurroundings, sendDeskFailure } from "../route.ts";

const tag = "Audit";

export function addAuditRoutes(app: FastifyInstance, desk: AuditDesk, around: RouteSurroundings): void {
  addRoute(app, around, {
    method: "GET",
    url: "/audit",
    name: "listAudit",
    tag,
    summary: "Records of the audit log that you may see, newest first",
    query: auditQuery,
    answer: pageOf(auditRow),
    handle: ({ who, query }) => desk.list(who, query),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/audit/:sequence/proof",
    name: "proveAuditRecord",
    tag,
    summary: "Proof that a record is in the log that the newest checkpoint signs",
    params: z.object({ sequence: z.coerce.number().int().min(0) }),
    answer: inclusionProof,
    handle: ({ who, params }) => desk.prove(who, params.sequence),
  });
  addRoute(app, around, {
    method: "GET",
    url: "/audit/checkpoint",
    name: "getCheckpoint",
    tag,
    summary: "The newest signed checkpoint",
    answer: checkpointView,
    handle: ({ who }) => desk.checkpoint(who),
  });
  app.get(
    "/audit/export",
    {
      config: { isSlow: true },
      schema: {
        operationId: "exportAudit",
        tags: [tag],
        summary: "The whole log as JSON lines, as `postern audit verify` reads it",
        response: {
          200: {
            description: "JSON lines, as long as the log is.",
            content: { "application/x-ndjson": { schema: z.string() } },
          },
          ...problemAnswers({ needsVersion: false, hasInput: false }),
        },
      },
    },
    async (request, reply) => {
      const result = await desk.export(request.asker!.principal);
      if (!result.ok) return sendDeskFailure(reply, result.error);
      reply.header("content-disposition", 'attachment; filename="postern-audit.jsonl"');
      return reply.type("application/x-ndjson").send(Readable.from(result.value, { highWaterMark: 4 }));
    },
  );
}
