import type { FastifyError, FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { FindingView } from "../../../app/wire/list.ts";
import type { Log } from "../log.ts";
import { sendProblem } from "../problem.ts";

/** Whatever goes wrong outside of handlers becomes a problem too; what only the log may know stays there. */
export function addErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      const findings = error.validation.slice(0, 50).map((each): FindingView => {
        const where = pathOf(each.instancePath);
        return {
          code: "api_request",
          severity: "error",
          message: each.message ?? "it cannot be understood",
          fix: "",
          path: where,
        };
      });
      const of = { querystring: "query", params: "address", headers: "headers", body: "body" };
      const part = of[(error.validationContext ?? "body") as keyof typeof of] ?? "request";
      const first = findings[0];
      const at = first?.path === undefined || first.path === "" ? "" : `, at \`${first.path}\``;
      const message = `the ${part} cannot be understood${at}: ${first?.message ?? "it has another form than is expected"}`;
      return sendProblem(reply, 400, { code: "api_request", message }, { findings });
    }
    const { statusCode = 500, code } = error;
    if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
      const failure = { code: "body_type", message: "send `Content-Type: application/json`" };
      return sendProblem(reply, 415, failure, { mustClose: true });
    }
    if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
      const failure = { code: "body_too_large", message: "the request is larger than this address takes" };
      return sendProblem(reply, 413, failure, { mustClose: true });
    }
    if (statusCode >= 400 && statusCode < 500) {
      const failure = { code: "api_request", message: "the request cannot be understood; is its body JSON?" };
      return sendProblem(reply, statusCode, failure);
    }
    log.error({ requestId: request.id, req: request, err: error }, "request failed");
    return sendProblem(reply, 500, { code: "http_failed", message: "the server failed; its log says why" });
  });
}

/** `/rules/0/port` as people write it: `rules.0.port`. */
function pathOf(pointer: string): string {
  return pointer.replace(/^\//, "").replaceAll("/", ".");
}
