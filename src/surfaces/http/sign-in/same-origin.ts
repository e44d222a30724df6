import type { FastifyRequest } from "fastify";

/**
 * Whether a browser says that the request comes from a page of this very server. Programs say nothing, and are not refused for it: they
 * have no cookie that another page could misuse.
 */
export function isFromOwnPage({ headers, host, protocol }: FastifyRequest, publicUrl: URL | undefined): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const { origin } = headers;
  if (origin === undefined) return true;
  // Where it is known how people write this server, no other way counts: `Host` is whatever a name in the DNS leads here.
  if (publicUrl !== undefined) return origin === publicUrl.origin;
  return origin === `${protocol}://${host}` || origin === `https://${host}`;
}
