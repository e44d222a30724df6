import type { RegoEngine } from "../../app/law/clause-engines.ts";
import type { OpaRequest } from "../../app/law/opa-request.ts";
import { opaProgram } from "./program.ts";
import { opaServer } from "./server.ts";

export function opaEngine(request: OpaRequest): RegoEngine {
  return request.kind === "server" ? opaServer(request) : opaProgram(request);
}
