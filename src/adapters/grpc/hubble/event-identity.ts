import { part } from "../../../pipeline/sources/hubble/event.ts";
import type { HubbleMessageDecoder } from "../../../pipeline/sources/hubble/message.ts";
import { hashBytes } from "../hash-bytes.ts";

/**
 * What tells an event of one node from the others of the same seconds: its UUID, or all its bytes where the server gives
 * none. A server sends an event with the same bytes each time.
 */
export function identityOf({ bytes, event, bodyFrom, bodyTo }: HubbleMessageDecoder): number {
  if (event.has(part.uuid)) return hashBytes(bytes, event.from[part.uuid]!, event.to[part.uuid]!);
  return hashBytes(bytes, bodyFrom, bodyTo);
}
