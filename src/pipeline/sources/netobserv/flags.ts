import { opener } from "../observation.ts";

/** Bits of numeric `Flags`; the last is the agent's own, for a packet that carries both. */
export const flag = { syn: 0x02, ack: 0x10, ece: 0x40, cwr: 0x80, synAck: 0x100 } as const;
/** All that a connection attempt carries before anybody answers; the last two ask for congestion notification. */
const attemptFlags = flag.syn | flag.ece | flag.cwr;

/** Who opened the connection, as far as the flags of a flow tell. */
export function openerOfFlags(flags: number): number {
  if ((flags & flag.synAck) !== 0) return opener.destination;
  return (flags & flag.syn) !== 0 ? opener.source : opener.unknown;
}

/** An attempt that nobody answered, if every packet was seen: sampling may have picked just the first of a connection. */
export function isLoneAttempt(flags: number): boolean {
  return (flags & flag.syn) !== 0 && (flags & ~attemptFlags) === 0;
}
