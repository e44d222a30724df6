import { readUint16 } from "./client-hello.ts";

/** Where the name that was read last ended in the message, not following pointers. */
export interface NameEnd {
  at: number;
}

const maxNameLength = 253;

/**
 * Reads a domain name of a message, which may be compressed, in lower case and without a trailing dot. Each pointer must lead further
 * back than the one before, so that a name always comes to an end (RFC 1035 §4.1.4: to a prior occurrence). Bytes that no
 * host name has come out as `?`.
 * @returns undefined when it is no name, or goes beyond `end`
 */
export function readDnsName(bytes: Uint8Array, from: number, end: number, after: NameEnd): string | undefined {
  let name = "";
  let at = from;
  let earliest = from;
  after.at = -1;
  for (;;) {
    if (at >= end) return undefined;
    const length = bytes[at]!;
    if (length === 0) {
      if (after.at < 0) after.at = at + 1;
      return name;
    }
    if (length >= 0xc0) {
      if (at + 2 > end) return undefined;
      if (after.at < 0) after.at = at + 2;
      const target = readUint16(bytes, at) & 0x3fff;
      if (target >= earliest) return undefined;
      earliest = at = target;
      continue;
    }
    // 64 to 191 were planned for other kinds of labels, and never came.
    if (length > 63 || at + 1 + length > end) return undefined;
    if (name !== "") name += ".";
    for (let p = at + 1; p <= at + length; p += 1) name += letterOf(bytes[p]!);
    if (name.length > maxNameLength) return undefined;
    at += 1 + length;
  }
}

function letterOf(byte: number): string {
  if (byte >= 0x41 && byte <= 0x5a) return String.fromCharCode(byte + 0x20);
  return byte > 0x20 && byte < 0x7f && byte !== 0x2e ? String.fromCharCode(byte) : "?";
}
