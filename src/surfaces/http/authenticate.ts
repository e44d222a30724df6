import type { Socket } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { FastifyRequest } from "fastify";
import type { Failure } from "../../app/failure.ts";
import {
  authenticateCertificate,
  authenticateToken,
  type ClientCertificate,
} from "../../app/live/collect-authenticate.ts";
import type { Permission } from "../../app/live/collect-permission.ts";
import type { TokenBook } from "../../app/state/tokens.ts";
import { fail, type Result } from "../../core/result.ts";

/** Certificates of connections that are still open; reading one costs more than judging it. */
const certificates = new WeakMap<Socket, ClientCertificate>();

/** Who asks: by bearer token where the request has one, else by the connection's client certificate. */
export async function authenticate(
  { headers, raw }: FastifyRequest,
  tokens: TokenBook,
  nowMs: number,
): Promise<Result<Permission, Failure>> {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (token !== undefined) return authenticateToken(token, tokens, nowMs);
    return fail({ code: "token_malformed", message: "the header `Authorization` must be `Bearer <token>`" });
  }
  const certificate = certificateOf(raw.socket as TLSSocket);
  if (certificate !== undefined) return authenticateCertificate(certificate, nowMs);
  return fail({
    code: "token_missing",
    message: "send a token in the header `Authorization: Bearer <token>`, or a client certificate",
  });
}

function certificateOf(socket: TLSSocket): ClientCertificate | undefined {
  if (!("getPeerCertificate" in socket)) return undefined;
  const peer = socket.getPeerCertificate() as PeerCertificate | Record<string, never> | null;
  if (peer === null || peer.subject === undefined) return undefined;
  const known = certificates.get(socket);
  if (known !== undefined) return known;
  const { authorizationError, authorized } = socket;
  const read: ClientCertificate = {
    problem: authorized ? undefined : String(authorizationError ?? "not authorized"),
    commonName: oneOf(peer.subject.CN),
    organizations: listOf(peer.subject.O),
    uris: urisOf(peer.subjectaltname ?? ""),
    notBeforeMs: Date.parse(peer.valid_from),
    notAfterMs: Date.parse(peer.valid_to),
  };
  certificates.set(socket, read);
  return read;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** Two common names are none: it would be anybody's choice which one counts. */
function oneOf(value: string | readonly string[] | undefined): string | undefined {
  const [first, ...others] = listOf(value);
  return others.length === 0 ? first : undefined;
}

/** Node.js puts odd values in quotes, so that none can pretend to be two; URIs of ours are never odd. */
function urisOf(names: string): readonly string[] {
  const parts = names.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return parts.flatMap((part) => {
    const [, uri] = /^\s*URI:([^"\s]+)$/.exec(part) ?? [];
    return uri === undefined ? [] : [uri];
  });
}
