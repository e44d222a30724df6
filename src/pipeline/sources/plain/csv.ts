import { Observation, type ObservationSink } from "../observation.ts";
import type { RecordDecoder, RecordError } from "../record-decoder.ts";
import { utf8Bytes, utf8Text } from "../text-bytes.ts";
import { columnNames, columnOf, columnSlot } from "./columns.ts";
import { fillPlain } from "./fill.ts";

export interface CsvHeader {
  readonly separator: "," | ";" | "\t";
  /** Slot of each column from the left; -1 for one that is not used. */
  readonly slots: readonly number[];
  /** The header line itself, which is no record. */
  readonly line: string;
}

/** The header of a CSV of the plain form: it must at least say where the traffic goes. Undefined when it is none. */
export function readCsvHeader(line: string): CsvHeader | undefined {
  const bare = line.replace(/^\ufeff/, "").replace(/\r$/, "");
  const separators = [",", ";", "\t"] as const;
  const counts = separators.map((separator) => bare.split(separator).length);
  const separator = separators[counts.indexOf(Math.max(...counts))]!;
  const headings = bare.split(separator).map((heading) => heading.trim().replace(/^"(.*)"$/, "$1"));
  const found = headings.map(columnOf);
  const slots = found.map((column, i) =>
    column === undefined || found.indexOf(column) !== i ? -1 : columnSlot[column],
  );
  if (!found.includes("destination") || slots.filter((slot) => slot >= 0).length < 2) return undefined;
  return { separator, slots, line: bare };
}

/** The plain form as CSV (RFC 4180), except that a quoted column must end on its line: records are lines. */
export class CsvDecoder implements RecordDecoder {
  error: RecordError = "bad_columns";
  private readonly header: CsvHeader;
  private readonly headerBytes: Uint8Array;
  private readonly separator: number;
  private readonly observation = new Observation();
  private readonly from = new Int32Array(columnNames.length);
  private readonly to = new Int32Array(columnNames.length);
  private readonly sink: ObservationSink;

  constructor(header: CsvHeader, sink: ObservationSink) {
    this.header = header;
    this.headerBytes = utf8Bytes(header.line);
    this.separator = header.separator.charCodeAt(0);
    this.sink = sink;
  }

  decode(bytes: Uint8Array, view: DataView, at: number): number {
    let end = bytes.indexOf(0x0a, at);
    const next = end + 1;
    if (end > at && bytes[end - 1] === 0x0d) end -= 1;
    if (this.isHeader(bytes, at, end)) return next;
    this.from.fill(0);
    this.to.fill(0);
    const error = this.split(bytes, at, end);
    if (error !== undefined) return this.refuse(error);
    this.observation.clear(bytes, view);
    const wrong = fillPlain(this.observation, this.from, this.to);
    if (wrong !== undefined) return this.refuse(wrong);
    this.sink(this.observation);
    return next;
  }

  finish(): void {}

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }

  /** The header, wherever it stands: files are joined by people, too. */
  private isHeader(bytes: Uint8Array, at: number, end: number): boolean {
    const start = bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
    if (end - start !== this.headerBytes.length) return false;
    return utf8Text(bytes, start, end) === this.header.line;
  }

  private split(bytes: Uint8Array, at: number, end: number): RecordError | undefined {
    const { slots } = this.header;
    let column = 0;
    for (let p = at; ; column += 1) {
      let from = p;
      let to: number;
      while (from < end && (bytes[from] === 0x20 || (bytes[from] === 0x09 && this.separator !== 0x09))) from += 1;
      if (bytes[from] === 0x22 && from < end) {
        // A doubled quote stands for one; the text shrinks in place.
        let out = from + 1;
        for (p = from + 1; ; p += 1) {
          if (p >= end) return "bad_quote";
          if (bytes[p] === 0x22) {
            if (bytes[p + 1] !== 0x22 || p + 1 >= end) break;
            p += 1;
          }
          bytes[out++] = bytes[p]!;
        }
        from += 1;
        to = out;
        for (p += 1; p < end && bytes[p] !== this.separator; p += 1) if (bytes[p]! > 0x20) return "bad_quote";
      } else {
        for (p = from; p < end && bytes[p] !== this.separator;) p += 1;
        to = p;
        while (to > from && bytes[to - 1]! <= 0x20) to -= 1;
      }
      if (column >= slots.length) return "bad_columns";
      const slot = slots[column]!;
      if (slot >= 0) {
        this.from[slot] = from;
        this.to[slot] = to;
      }
      if (p >= end) break;
      p += 1;
    }
    return column + 1 === slots.length ? undefined : "bad_columns";
  }
}
