import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { isSecretOf, parseToken } from "../state/token-text.ts";
import type { TokenBook } from "../state/tokens.ts";
import type { Permission } from "./collect-permission.ts";

/** The time of last use is for people: it need not be written at every batch. */
const usedEveryMs = 60_000;

/**
 * Who sends this bearer token. An unknown identifier and a wrong secret get the same answer in the same time; that a token
 * has expired or was revoked is told only to somebody who knows its secret.
 */
export async function authenticateToken(
  text: string,
  tokens: TokenBook,
  nowMs: number,
): Promise<Result<Permission, Failure>> {
  const read = parseToken(text);
  if (!read.ok) return read;
  const { id, secret } = read.value;
  const token = await tokens.byId(id);
  if (!isSecretOf(token, secret) || token === undefined) {
    return fail({
      code: "token_unknown",
      message: `no token of this collector is \`postern_${id}_…\` with that secret`,
    });
  }
  if (token.revokedAtMs !== undefined) {
    return fail({
      code: "token_revoked",
      message: `the token ${id} was revoked; make a new one with \`postern token create\``,
    });
  }
  if (token.expiresAtMs !== undefined && token.expiresAtMs <= nowMs) {
    const when = new Date(token.expiresAtMs).toISOString();
    const message = `the token ${id} expired at ${when}; make a new one with \`postern token create\``;
    return fail({ code: "token_expired", message });
  }
  // On a full disk the time cannot be written, which is no reason to refuse somebody.
  if (nowMs - (token.lastUsedAtMs ?? 0) >= usedEveryMs) await tokens.used(id, nowMs).catch(() => {});
  return ok({ subject: `token ${id}`, scopes: token.scopes, clusters: token.clusters, observer: undefined });
}

/** What of a client's certificate matters here. */
export interface ClientCertificate {
  /** Why the chain was not accepted; undefined when it was. */
  readonly problem: string | undefined;
  readonly commonName: string | undefined;
  readonly organizations: readonly string[];
  /** URIs among the alternative names. */
  readonly uris: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const observerName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const spiffe = /^spiffe:\/\/[a-z0-9.-]+\/cluster\/([^/]{1,253})\/observer\/([^/]{1,63})$/;

/**
 * Which observer of which clusters a certificate names: `spiffe://<trust domain>/cluster/<cluster>/observer/<observer>`
 * among its alternative names, otherwise the common name as the observer and the organizations as its clusters. Its times
 * are judged at every request, because a connection can outlive a certificate.
 */
export function authenticateCertificate(certificate: ClientCertificate, nowMs: number): Result<Permission, Failure> {
  const { problem, notBeforeMs, notAfterMs } = certificate;
  if (nowMs >= notAfterMs) {
    const message = `the client certificate expired at ${new Date(notAfterMs).toISOString()}; renew it`;
    return fail({ code: "certificate_expired", message });
  }
  if (nowMs < notBeforeMs) {
    const message = `the client certificate is valid from ${new Date(notBeforeMs).toISOString()}; check the clocks`;
    return fail({ code: "certificate_not_yet_valid", message });
  }
  if (problem !== undefined) {
    const message = `the client certificate is not trusted: ${quoted(problem)}; it must come from the collector's client CA`;
    return fail({ code: "certificate_untrusted", message });
  }
  const named = nameOf(certificate);
  if (named === undefined || !observerName.test(named.observer) || named.clusters.length === 0) {
    return fail({
      code: "certificate_nameless",
      message:
        "the client certificate names no observer and cluster: set the common name to the observer and the organization " +
        "to its cluster, or a URI `spiffe://<trust domain>/cluster/<cluster>/observer/<observer>`",
    });
  }
  const { observer, clusters } = named;
  return ok({ subject: `certificate ${observer}`, scopes: ["ship"], clusters, observer });
}

function nameOf({
  commonName,
  organizations,
  uris,
}: ClientCertificate): { readonly observer: string; readonly clusters: readonly string[] } | undefined {
  for (const uri of uris) {
    const [, cluster, observer] = spiffe.exec(uri) ?? [];
    if (cluster === undefined || observer === undefined) continue;
    const name = decoded(cluster);
    return name === undefined || name === "*" ? undefined : { observer, clusters: [name] };
  }
  // A star would mean every cluster; that is for tokens to say.
  const clusters = organizations.filter((name) => name !== "" && name !== "*");
  return commonName === undefined ? undefined : { observer: commonName, clusters };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
