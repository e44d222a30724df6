import { type HelloReading, hostText } from "./client-hello.ts";

/**
 * `proxied`: the client asks a proxy for this host, so that the name is not the destination's; `more`, `none` as for a
 * ClientHello.
 */
export type RequestReading = HelloReading | { readonly proxied: string };

const methods = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];
const longestMethod = 8;
const maxHeadBytes = 16 << 10;
const code = { space: 0x20, lineFeed: 0x0a, colon: 0x3a, capitalA: 0x41, capitalZ: 0x5a } as const;

/**
 * Reads the host that the first HTTP/1 request of a connection is for.
 * @see RFC 9112 §3.2: `CONNECT host:port` and absolute URLs are what proxies are asked
 */
export function readHttpRequest(bytes: Uint8Array): RequestReading {
  let space = 0;
  while (space < Math.min(bytes.length, longestMethod) && isCapital(bytes[space]!)) space += 1;
  const method = textOf(bytes, 0, space);
  if (space === bytes.length) return methods.some((one) => one.startsWith(method)) ? "more" : "none";
  if (bytes[space] !== code.space || !methods.includes(method)) return "none";
  const lineEnd = bytes.indexOf(code.lineFeed);
  if (lineEnd < 0) return bytes.length < maxHeadBytes ? "more" : "none";
  const [, target = "", version = ""] = textOf(bytes, 0, lineEnd).trim().split(" ");
  if (!version.startsWith("HTTP/1.")) return "none";
  const asked = method === "CONNECT" ? target : /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(target)?.[1];
  if (asked !== undefined) {
    const proxied = hostOf(asked);
    return proxied === undefined ? "none" : { proxied };
  }
  return readHostHeader(bytes, lineEnd + 1);
}

function readHostHeader(bytes: Uint8Array, from: number): RequestReading {
  for (let at = from; ;) {
    const end = bytes.indexOf(code.lineFeed, at);
    if (end < 0) return bytes.length < maxHeadBytes ? "more" : "none";
    // An empty line ends the head.
    if (end - at <= 1) return "none";
    const colon = at + 4;
    if (bytes[colon] === code.colon && colon < end && textOf(bytes, at, colon).toLowerCase() === "host") {
      const name = hostOf(textOf(bytes, colon + 1, end).trim());
      return name === undefined ? "none" : { name };
    }
    at = end + 1;
  }
}

/** Without its port; undefined for what is no name, as an IPv6 address in brackets. */
function hostOf(authority: string): string | undefined {
  const host = /^([^:[\]]{1,253})(?::\d{1,5})?$/.exec(authority)?.[1];
  if (host === undefined) return undefined;
  const bytes = Uint8Array.from(host, (letter) => letter.charCodeAt(0) & 0xff);
  return hostText(bytes, 0, bytes.length);
}

function isCapital(byte: number): boolean {
  return byte >= code.capitalA && byte <= code.capitalZ;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at]!);
  return text;
}
