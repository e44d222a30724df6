/** One packet as it was captured; filled again for the next one, and its bytes hold only until then. */
export class CapturedFrame {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** The captured bytes are bytes[from, to). */
  from = 0;
  to = 0;
  /** On the wire; more than was captured when the capture has a snap length. */
  originalLength = 0;
  /** LINKTYPE_ number. */
  link = 0;
  /** Whole milliseconds since the epoch; -1 where the record has no time. */
  timeMs = -1;
  /** Whether several interfaces are captured, so that one packet can be there more than once. */
  isOneOfSeveral = false;
  /** Of its record in the capture. */
  byteOffset = 0;
}

/** What a reader of one capture format tells of the record at a place. */
export interface CaptureFormat {
  /**
   * Reads the record at view[at, end). `frame.byteOffset` is set; fills the rest of it when the record is a packet.
   * @returns its length, whether it is a packet or not; 0 when more bytes are needed; -1 when it cannot be a record.
   * A length beyond `end` is skipped.
   */
  read(view: DataView, at: number, end: number, frame: CapturedFrame): number;
  isPacket: boolean;
  /** Packets that the capturing program says it lost, since this was last set to 0. */
  lost: number;
}

/** Of the largest packet: what tcpdump and dumpcap capture at most. */
export const maxPacketBytes = 262_144;
