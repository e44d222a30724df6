import type { JsonError } from "./json-projection.ts";

/** Why a record is malformed. */
export type RecordError =
  | JsonError
  | "trailing_text"
  | "bad_escape"
  | "bad_address"
  | "bad_number"
  | "bad_port"
  | "bad_protocol"
  | "bad_time"
  | "bad_verdict"
  | "bad_columns"
  | "bad_quote"
  | "missing_destination"
  | "not_acl_log"
  | "bad_capture"
  | "bad_packet"
  | "bad_fragments"
  | "bad_link_type"
  | "bad_dns"
  | "dns_unasked"
  | "snapped"
  | "quic_flood"
  | "bad_protobuf"
  | "old_goldmane"
  | "too_long"
  | "cut_off";

export const recordErrorText: Readonly<Record<RecordError, string>> = {
  not_an_object: "not a JSON object",
  bad_key: "a JSON key is missing or broken",
  bad_value: "a JSON value is broken",
  bad_string: "a JSON string is not closed or holds a control character",
  bad_separator: "a `,`, `:` or `}` is missing",
  too_deep: "nested deeper than 64 levels",
  trailing_text: "text after the end of the record",
  bad_escape: "a JSON escape is broken",
  bad_address: "an address that is not an IP address",
  bad_number: "a number was expected",
  bad_port: "a port that is not a number from 0 to 65535",
  bad_protocol: "an unknown protocol",
  bad_time: "a time that is neither RFC 3339 nor seconds or milliseconds since 1970",
  bad_verdict: "a verdict that is none of `allowed`, `denied`, `seen`",
  bad_columns: "more or fewer columns than the header",
  bad_quote: "a quoted column is not closed on its line",
  missing_destination: "no destination address",
  not_acl_log: "not an ACL log line",
  bad_capture: "not a packet record, so that the rest of the capture could not be read",
  bad_packet: "a packet with broken headers",
  bad_fragments: "fragments that overlap, contradict each other or are damaged",
  bad_link_type: "a packet of a link type that is not supported",
  bad_dns: "a broken DNS message",
  dns_unasked: "a DNS answer that nobody asked for",
  snapped: "a name cut off by the capture's snap length or by fragmentation, capture whole packets (`-s 0`)",
  quic_flood: "a QUIC handshake beyond the 1000 packets a second that are opened, its name stays unread",
  bad_protobuf: "broken protobuf",
  old_goldmane: "texts where Goldmane of Calico 3.30 and later has numbers",
  too_long: "longer than 1 MiB",
  cut_off: "cut off before its end",
};

/** Longer records are malformed: nothing real comes near, and the line buffer stays bounded. */
export const maxRecordBytes = 1 << 20;

/** Reads records of one format. Each instance belongs to one input at a time: some formats join neighbouring lines. */
export interface RecordDecoder {
  /** Announces that records of bytes[from, to) come next, which ends with a line feed. Decoding works without it. */
  open?(bytes: Uint8Array, from: number, to: number): void;
  /** Of the last record that `decode` refused. */
  readonly error: RecordError;
  /**
   * Decodes the record that starts at `at` and hands what it says to the sink, which must not keep it. The record
   * ends with a line feed, and `scanPadding` more bytes can be read behind it (see `JsonScanner`, INVARIANT sentinel).
   * May change bytes inside the record: escapes are resolved in place.
   * @returns the position behind the record's line feed, or -1 when the record is malformed
   */
  decode(bytes: Uint8Array, view: DataView, at: number): number;
  /** Hands over what was held back to be joined with later lines. */
  finish(): void;
}

/** Behind the line feed when nothing but blanks stand before it, else -1. */
export function endOfLine(bytes: Uint8Array, at: number): number {
  let p = at;
  if (bytes[p] === 0x0a) return p + 1;
  while (bytes[p] === 0x20 || bytes[p] === 0x09 || bytes[p] === 0x0d) p += 1;
  return bytes[p] === 0x0a ? p + 1 : -1;
}
