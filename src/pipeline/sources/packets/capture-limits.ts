/** How much one capture may keep, whatever it holds. The defaults come to some 27 MB when all of them are reached. */
export interface CaptureLimits {
  /** Connections that are followed at once; the one that was quiet for longest makes room. */
  readonly connections: number;
  /** Bytes of unfinished ClientHellos, HTTP requests and DNS messages, over all connections. */
  readonly streamBytes: number;
  /** Connections of which such bytes are kept. */
  readonly streams: number;
  /** DNS questions that wait for their answer. */
  readonly questions: number;
  /** UDP datagrams of which fragments are missing, and bytes of their fragments. */
  readonly datagrams: number;
  readonly fragmentBytes: number;
}

export const defaultCaptureLimits: CaptureLimits = {
  connections: 65_536,
  streamBytes: 8 << 20,
  streams: 4096,
  questions: 16_384,
  datagrams: 1024,
  fragmentBytes: 2 << 20,
};

/** Of one stream: the largest ClientHello or request head that is waited for. Post-quantum hellos have 2 KiB. */
export const maxHelloBytes = 32 << 10;
/** Of one DNS message over TCP, with its length. */
export const maxDnsStreamBytes = 2 + 65_535;
/** Pieces of one stream, so that nobody makes work by sending bytes one at a time. */
export const maxStreamPieces = 256;
/** QUIC packets that are opened in one second of a capture, give or take those of one datagram; a busy node has a tenth. */
export const initialsPerSecond = 1000;
