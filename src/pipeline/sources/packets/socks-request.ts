import { hostText, readUint16 } from "./client-hello.ts";

/** `none`: these bytes are no such request. */
export type SocksReading = "none" | { readonly proxied: string };

const connect = 1;
const address = { ipv4: 1, name: 3, ipv6: 4 } as const;

/**
 * Reads the host that a client asks a SOCKS proxy to connect to, from the bytes of one segment: requests are that short, and a
 * client waits for the answer. What it says next, a ClientHello mostly, is for that host and not for the proxy.
 * @see RFC 1928 §4; SOCKS 4 and 4A have no standard
 */
export function readSocksRequest(bytes: Uint8Array): SocksReading {
  if (bytes.length < 9 || bytes[1] !== connect) return "none";
  const host = bytes[0] === 5 ? hostOfVersion5(bytes) : bytes[0] === 4 ? hostOfVersion4(bytes) : undefined;
  return host === undefined ? "none" : { proxied: host };
}

function hostOfVersion5(bytes: Uint8Array): string | undefined {
  if (bytes[2] !== 0) return undefined;
  switch (bytes[3]) {
    case address.ipv4:
      return bytes.length === 10 ? dotted(bytes, 4) : undefined;
    case address.ipv6:
      return bytes.length === 22 ? grouped(bytes, 4) : undefined;
    case address.name:
      return bytes.length === 7 + bytes[4]! ? hostText(bytes, 5, 5 + bytes[4]!) : undefined;
    default:
      return undefined;
  }
}

/** The user ends with a zero; so does the name of 4A, whose address is 0.0.0.x. */
function hostOfVersion4(bytes: Uint8Array): string | undefined {
  const userEnd = bytes.indexOf(0, 8);
  const isNamed = bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] !== 0;
  if (userEnd < 0 || readUint16(bytes, 2) === 0) return undefined;
  if (!isNamed) return userEnd === bytes.length - 1 ? dotted(bytes, 4) : undefined;
  const nameEnd = bytes.indexOf(0, userEnd + 1);
  return nameEnd === bytes.length - 1 ? hostText(bytes, userEnd + 1, nameEnd) : undefined;
}

function dotted(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + 4).join(".");
}

function grouped(bytes: Uint8Array, at: number): string {
  return Array.from({ length: 8 }, (_, i) => readUint16(bytes, at + 2 * i).toString(16)).join(":");
}
