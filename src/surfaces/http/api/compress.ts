import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** Below it a compressed answer takes as many packets. */
const least = 1024;
/** As quick as gzip, and smaller. */
const brotliQuality = 4;

const pack = { br: promisify(brotliCompress), gzip: promisify(gzip) };

/**
 * Compresses what is read as JSON. Never what a change answers, nor the session: these hold secrets (the session's word, one-time links), and
 * the length of a compressed answer tells about a secret beside what somebody else could choose (BREACH).
 */
export function addCompression(app: FastifyInstance, uncompressed: ReadonlySet<string>): void {
  app.addHook("onSend", async (request, reply, payload) => {
    if (typeof payload !== "string" || payload.length < least) return payload;
    if (request.method !== "GET" || reply.statusCode !== 200) return payload;
    if (uncompressed.has(request.routeOptions.url ?? "")) return payload;
    if (!String(reply.getHeader("content-type")).startsWith("application/json")) return payload;
    reply.header("vary", "accept-encoding");
    const encoding = chosen(request);
    if (encoding === undefined) return payload;
    const packed = await (encoding === "br"
      ? pack.br(payload, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
            [constants.BROTLI_PARAM_SIZE_HINT]: payload.length,
          },
        })
      : pack.gzip(payload));
    reply.header("content-encoding", encoding).removeHeader("content-length");
    // The same version in another form: `If-Match` takes weak ones.
    const etag = reply.getHeader("etag");
    if (typeof etag === "string" && etag.startsWith('"')) reply.header("etag", `W/${etag}`);
    return packed;
  });
}

function chosen({ headers }: FastifyRequest): "br" | "gzip" | undefined {
  const accepted = new Set(
    (headers["accept-encoding"] ?? "")
      .slice(0, 200)
      .toLowerCase()
      .split(",")
      .flatMap((each) => {
        const [name = "", ...parameters] = each.split(";").map((part) => part.trim());
        return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [name];
      }),
  );
  if (accepted.has("br")) return "br";
  return accepted.has("gzip") ? "gzip" : undefined;
}
