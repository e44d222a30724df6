import { maxHelloBytes } from "./capture-limits.ts";

/**
 * `more`: it may become one with more bytes; `none`: it is none, or one without a name that can be used. `mayHide`: another
 * name may be encrypted in it, which cannot be told from one that only pretends to.
 */
export type HelloReading = "more" | "none" | { readonly name: string; readonly mayHide?: true };

const extension = { serverName: 0, encryptedHello: 0xfe0d } as const;
/** Outer names of encrypted hellos that are known without DNS: the provider's own, for all of its customers. */
const outerNames = new Set(["cloudflare-ech.com"]);

/**
 * Reads the server name of a TLS ClientHello from the first bytes that a client sends: handshake records, which may
 * divide the message anywhere.
 * @see RFC 8446 §4.1.2, §5.1; RFC 6066 §3
 */
export function readTlsRecords(bytes: Uint8Array): HelloReading {
  // Content type, and the first byte of the version, which no hello has otherwise.
  if (bytes[0] !== 22 || (bytes.length > 1 && bytes[1] !== 3)) return "none";
  if (bytes.length < 9) return "more";
  const whole = 5 + readUint16(bytes, 3) >= 9 ? helloLength(bytes, 5) : maxHelloBytes;
  if (whole < 0) return "none";
  let message = bytes.subarray(5, Math.min(bytes.length, 5 + readUint16(bytes, 3)));
  // Most hellos are in one record: only the others are put together.
  if (message.length < whole) {
    const joined = joinRecords(bytes, whole);
    if (joined === "none") return "none";
    message = joined;
  }
  return readClientHello(message);
}

/** The handshake bytes of the records, as far as they are there, at most `wanted`. */
function joinRecords(bytes: Uint8Array, wanted: number): Uint8Array | "none" {
  const joined = new Uint8Array(Math.min(wanted, bytes.length));
  let filled = 0;
  for (let at = 0; at + 5 <= bytes.length && filled < joined.length;) {
    const length = readUint16(bytes, at + 3);
    // An empty handshake record is forbidden, and would let a stream go on for ever.
    if (bytes[at] !== 22 || bytes[at + 1] !== 3 || length === 0 || length > 16_640) return "none";
    const part = bytes.subarray(at + 5, Math.min(bytes.length, at + 5 + length, at + 5 + joined.length - filled));
    joined.set(part, filled);
    filled += part.length;
    at += 5 + length;
  }
  return joined.subarray(0, filled);
}

/** Reads a ClientHello from handshake bytes, as TLS records or QUIC's CRYPTO frames bring them. */
export function readClientHello(bytes: Uint8Array): HelloReading {
  if (bytes.length > 0 && bytes[0] !== 1) return "none";
  if (bytes.length < 4) return "more";
  const end = helloLength(bytes, 0);
  if (end < 0) return "none";
  if (bytes.length < end) return "more";
  // Version and random; then session, cipher suites, compression methods, each with its length before it.
  let at = 4 + 34;
  if (at >= end) return "none";
  at += 1 + bytes[at]!;
  if (at + 2 > end) return "none";
  at += 2 + readUint16(bytes, at);
  if (at + 1 > end) return "none";
  at += 1 + bytes[at]!;
  if (at + 2 > end) return "none";
  return readExtensions(bytes, at + 2, Math.min(end, at + 2 + readUint16(bytes, at)));
}

/** Of the whole message at `at`, header included; -1 when it cannot be a ClientHello. */
function helloLength(bytes: Uint8Array, at: number): number {
  const length = (bytes[at + 1]! << 16) | readUint16(bytes, at + 2);
  return bytes[at] !== 1 || length > maxHelloBytes || length < 41 ? -1 : 4 + length;
}

function readExtensions(bytes: Uint8Array, from: number, end: number): HelloReading {
  let name: string | undefined;
  let isEncrypted = false;
  for (let at = from; at + 4 <= end;) {
    const type = readUint16(bytes, at);
    const last = at + 4 + readUint16(bytes, at + 2);
    if (last > end) break;
    if (type === extension.serverName) name ??= readServerName(bytes, at + 4, last);
    if (type === extension.encryptedHello) isEncrypted = true;
    at = last;
  }
  if (name === undefined || (isEncrypted && outerNames.has(name.toLowerCase()))) return "none";
  return isEncrypted ? { name, mayHide: true } : { name };
}

/** The first host name of the list. */
function readServerName(bytes: Uint8Array, from: number, end: number): string | undefined {
  for (let at = from + 2; at + 3 <= end;) {
    const last = at + 3 + readUint16(bytes, at + 1);
    if (last > end) return undefined;
    if (bytes[at] === 0) return hostText(bytes, at + 3, last);
    at = last;
  }
  return undefined;
}

/** Printable ASCII of at most 253 characters, and a dot behind them that some write; anything else is no host name. */
export function hostText(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to <= from || to - from > 254) return undefined;
  let text = "";
  for (let at = from; at < to; at += 1) {
    const code = bytes[at]!;
    if (code < 0x21 || code > 0x7e) return undefined;
    text += String.fromCharCode(code);
  }
  return text;
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
