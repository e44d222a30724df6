import type { FastifyInstance } from "fastify";
import { mayUse } from "../../app/live/collect-permission.ts";
import { defaultWindowMinutes, longestWindowMinutes, reportSources } from "../../app/sources-report.ts";
import type { State } from "../../app/state/state.ts";
import type { Log } from "./log.ts";
import { sendProblem, stateUnreachable } from "./problem.ts";

/** `GET /v1/sources?window=<minutes>`: what arrives from the clusters of the client. `flush` writes what is not yet in the state. */
export function addSources(
  app: FastifyInstance,
  state: State,
  flush: () => Promise<void>,
  nowMs: () => number,
  log: Log,
): void {
  app.get<{ Querystring: { window?: string | string[] } }>(
    "/v1/sources",
    { config: { scope: "read" } },
    async (request, reply) => {
      const { window = String(defaultWindowMinutes) } = request.query;
      const minutes = typeof window === "string" && /^[0-9]{1,6}$/.test(window) ? Number(window) : 0;
      if (minutes < 1 || minutes > longestWindowMinutes) {
        const message = `\`window\` is a number of minutes from 1 to ${longestWindowMinutes}`;
        return sendProblem(reply, 400, { code: "sources_window", message });
      }
      // On a full disk the last seconds are missing, and the rest is still worth reading.
      await flush().catch(() => {});
      const permission = request.permission!;
      try {
        return await reportSources(state, nowMs(), minutes, (cluster) => mayUse(permission, cluster));
      } catch (error) {
        log.error({ requestId: request.id, err: error }, "the state cannot be reached");
        return sendProblem(reply, 503, stateUnreachable, { afterMs: 5_000 });
      }
    },
  );
}
