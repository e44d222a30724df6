import { part } from "../../../pipeline/sources/hubble/event.ts";
import type { HubbleMessageDecoder } from "../../../pipeline/sources/hubble/message.ts";

const longestName = 253;

/** The node that a message is from, cut to what a name may be; empty when it does not say. */
export function nodeNameOf({ bytes, event }: HubbleMessageDecoder): string {
  return nameAt(bytes, event.from[part.nodeName]!, event.to[part.nodeName]!);
}

/** Byte by byte: names are ASCII, and this one is made for every message. */
export function nameAt(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(
    "latin1",
    from,
    Math.min(to, from + longestName),
  );
}
