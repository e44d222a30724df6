/** TCP flags. */
export const tcpFlag = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

/** What the headers of one IP packet say, innermost where it was tunnelled; filled again for the next one. */
export class Packet {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** Where the frame would end in `bytes`, had all of it been captured. */
  sentTo = 0;
  family: 4 | 6 = 4;
  /** As `readIp` writes them; IPv4 sets the first word, the others are 0. */
  readonly source = new Uint32Array(4);
  readonly destination = new Uint32Array(4);
  protocol = 0;
  /** Of TCP, UDP and SCTP; both are the identifier of an ICMP echo; 0 for everything else. */
  sourcePort = 0;
  destinationPort = 0;
  /** -1 where there is none. */
  icmpType = -1;
  /** Of SCTP's first chunk; -1 for other protocols. */
  chunkType = -1;
  flags = 0;
  sequence = 0;
  acknowledged = 0;
  /** IPv4's; of IPv6 only fragments have one. */
  identification = 0;
  /** The IP packet as it was sent, headers included. */
  byteCount = 0;
  /** Behind the transport header: what was captured, and how much was sent. */
  payloadFrom = 0;
  payloadTo = 0;
  payloadLength = 0;
  /** Only a part of an IP packet. */
  isFragment = false;
  /** Where its part begins, in bytes; beyond 0 it has no transport header, and thereby no ports. */
  fragmentAt = 0;
  /** Other parts come behind it. */
  hasMore = false;
  /** Behind the IP headers: what was captured, and how much was sent. Of fragments, the part itself. */
  contentFrom = 0;
  contentTo = 0;
  contentLength = 0;
  /** Whether an IP packet of such a source can carry others. What pods send is taken as it is: they could forge anything. */
  isCarrier: (family: number, source: Uint32Array) => boolean = () => true;
  /** Found inside Geneve, VXLAN or another IP packet. */
  isTunnelled = false;
}
