import { part } from "../../../pipeline/sources/hubble/event.ts";
import type { HubbleMessageDecoder } from "../../../pipeline/sources/hubble/message.ts";

/**
 * What tells an event of one node from the others of the same seconds, in 48 bits: of its UUID, or of all its bytes where
 * the server gives none. A server sends an event with the same bytes each time.
 */
export function identityOf({ bytes, event, bodyFrom, bodyTo }: HubbleMessageDecoder): number {
  if (event.has(part.uuid)) return hash(bytes, event.from[part.uuid]!, event.to[part.uuid]!);
  return hash(bytes, bodyFrom, bodyTo);
}

function hash(bytes: Uint8Array, from: number, to: number): number {
  let low = 0x811c9dc5 ^ (to - from);
  let high = 0x9e3779b9;
  for (let p = from; p < to; p += 1) {
    const byte = bytes[p]!;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x85ebca6b);
    high ^= high >>> 13;
  }
  low ^= low >>> 15;
  return ((high ^ (high >>> 16)) & 0xffff) * 0x1_0000_0000 + (low >>> 0);
}
