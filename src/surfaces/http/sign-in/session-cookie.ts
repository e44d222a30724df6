import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Over TLS the name begins with `__Host-`: browsers then take the cookie only from this very host, for all of its paths. Without TLS
 * (a laptop's loopback) browsers would not take such a name at all.
 */
const nameOf = (isSecure: boolean): string => (isSecure ? "__Host-postern" : "postern");
const pendingNameOf = (isSecure: boolean): string => (isSecure ? "__Host-postern-sign-in" : "postern-sign-in");

/** How long somebody may take at the identity provider's page. */
export const pendingMs = 10 * 60_000;

export function sessionSecret({ cookies }: FastifyRequest, isSecure: boolean): string | undefined {
  return cookies[nameOf(isSecure)];
}

/** `lax` lets a link in a chat or a pull request open a page; what changes something needs more than the cookie. */
const flags = (isSecure: boolean): { httpOnly: true; sameSite: "lax"; secure: boolean; path: "/" } => ({
  httpOnly: true,
  sameSite: "lax",
  secure: isSecure,
  path: "/",
});

export function setSessionCookie(reply: FastifyReply, secret: string, isSecure: boolean): void {
  reply.setCookie(nameOf(isSecure), secret, flags(isSecure));
}

export function dropSessionCookie(reply: FastifyReply, isSecure: boolean): void {
  reply.clearCookie(nameOf(isSecure), flags(isSecure));
}

export function pendingOf({ cookies }: FastifyRequest, isSecure: boolean): string | undefined {
  return cookies[pendingNameOf(isSecure)];
}

export function setPending(reply: FastifyReply, pending: string, isSecure: boolean): void {
  reply.setCookie(pendingNameOf(isSecure), pending, { ...flags(isSecure), maxAge: pendingMs / 1000 });
}

export function dropPending(reply: FastifyReply, isSecure: boolean): void {
  reply.clearCookie(pendingNameOf(isSecure), flags(isSecure));
}
