import type { FastifyReply, FastifyRequest } from "fastify";
import { personOf, type Principal } from "../../../app/access/principal.ts";
import type { Sessions } from "../../../app/access/sessions.ts";
import type { Session } from "../../../app/state/people.ts";
import type { SessionView } from "../../../app/wire/session.ts";
import type { ApiParts } from "../api/api-parts.ts";
import type { RequestLimits } from "../api/request-limits.ts";
import type { Log } from "../log.ts";
import { sessionSecret, setSessionCookie } from "./session-cookie.ts";

export interface EnteringParts {
  readonly parts: ApiParts;
  readonly sessions: Sessions;
  readonly limits: RequestLimits;
  readonly nowMs: () => number;
  readonly isSecure: boolean;
  readonly log: Log;
}

/** Ends the session that the browser had, opens another for whoever signed in, and tells the audit log. */
export async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  { parts, sessions, nowMs, isSecure }: EnteringParts,
  principal: Principal,
  way: string,
): Promise<Session> {
  const before = sessionSecret(request, isSecure);
  const old = before === undefined ? undefined : await sessions.find(before);
  if (old !== undefined) await sessions.end(old.idHash);
  const { secret, session } = await sessions.open(principal);
  await parts.books.audit.append([
    {
      atMs: nowMs(),
      kind: "access.sign-in",
      subject: `person/${principal.subject}`,
      actor: personOf(principal),
      payload: { way, groups: principal.groups.slice(0, 100) },
    },
  ]);
  setSessionCookie(reply, secret, isSecure);
  return session;
}

/** What the application wants to know about whoever signed in. */
export async function viewOf(
  { access, books, isSample, slack, version }: ApiParts,
  { principal, csrf, expiresAtMs }: Pick<Session, "principal" | "csrf" | "expiresAtMs">,
): Promise<SessionView> {
  const all = await books.namespaces.all();
  const [mayAdminister, seen, approved] = await Promise.all([
    access.may(principal, "administer", undefined),
    access.among(principal, "view", all),
    access.among(principal, "approve", all),
  ]);
  return {
    person: personOf(principal),
    csrf,
    mayAdminister,
    mayApprove: approved === "all" || approved.length > 0,
    namespaces: seen === "all" ? null : seen.length,
    expiresAtMs,
    isSample,
    hasSlack: slack !== undefined,
    version,
  };
}
