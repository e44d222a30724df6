import { scanPadding } from "../json-projection.ts";
import type { ObservationSink } from "../observation.ts";
import type { CsvHeader } from "../plain/csv.ts";
import type { RecordDecoder, RecordError } from "../record-decoder.ts";
import { utf8Bytes, utf8Text } from "../text-bytes.ts";
import { NetobservDecoder } from "./decode.ts";

const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/**
 * The header of what NetObserv's console exports: fields by their own names. The rows say who opened a connection, as far
 * as that is known, which the plain form cannot. Undefined when it is none.
 */
export function readNetobservCsvHeader(line: string): CsvHeader | undefined {
  const bare = line.replace(/^\ufeff/, "").replace(/\r$/, "");
  const names = cellsOf(bare);
  if (names === undefined || !names.includes("DstAddr")) return undefined;
  return names.some((name) => name.startsWith("SrcK8S_") || name.startsWith("TimeFlow") || name === "FlowDirection")
    ? { separator: ",", slots: [], line: bare }
    : undefined;
}

/**
 * Rows as the console writes them, made into the JSON records that they were. Values are printed the way Go prints them:
 * lists as `[SYN ACK]`, large numbers with an exponent, objects as `map[Action:drop …]`.
 * @see netobserv console plugin, pkg/handler/csv
 */
export class NetobservCsvDecoder implements RecordDecoder {
  error: RecordError = "bad_columns";
  private readonly names: readonly string[];
  private readonly header: string;
  private readonly decoder: NetobservDecoder;

  constructor(header: CsvHeader, sink: ObservationSink) {
    this.header = header.line;
    this.names = cellsOf(header.line) ?? [];
    this.decoder = new NetobservDecoder(sink, true);
  }

  decode(bytes: Uint8Array, _view: DataView, at: number): number {
    const end = bytes.indexOf(0x0a, at);
    const row = utf8Text(bytes, at, end)
      .replace(/^\ufeff/, "")
      .replace(/\r$/, "");
    if (row === this.header) return end + 1;
    const cells = cellsOf(row);
    if (cells === undefined) return this.refuse("bad_quote");
    if (cells.length !== this.names.length) return this.refuse("bad_columns");
    const fields = this.names.flatMap((name, i) => fieldOf(name, cells[i] ?? ""));
    const record = utf8Bytes(`{${fields.join(",")}}\n`);
    const padded = new Uint8Array(record.length + scanPadding);
    padded.set(record);
    const isRead = this.decoder.decode(padded, new DataView(padded.buffer), 0) > 0;
    return isRead ? end + 1 : this.refuse(this.decoder.error);
  }

  finish(): void {}

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }
}

/** A field as JSON; none for what the record did not have. */
function fieldOf(name: string, cell: string): readonly string[] {
  if (cell === "" || cell === "<nil>") return [];
  return [`${JSON.stringify(name)}:${valueOf(cell)}`];
}

function valueOf(cell: string): string {
  if (number.test(cell)) return String(Number(cell));
  if (cell.startsWith("[map["))
    return `[${[...cell.matchAll(/map\[([^\]]*)\]/g)].map(([, of = ""]) => mapOf(of)).join(",")}]`;
  if (!cell.startsWith("[")) return JSON.stringify(cell);
  const words = cell
    .slice(1, -1)
    .split(/[ ,]+/)
    .filter((word) => word !== "");
  return `[${words.map((word) => (number.test(word) ? word : JSON.stringify(word))).join(",")}]`;
}

/** Keys are followed by a colon, and begin with a capital; a value may hold blanks. */
function mapOf(text: string): string {
  const pairs = text.split(/ (?=[A-Z]\w*:)/).map((pair) => {
    const colon = pair.indexOf(":");
    return `${JSON.stringify(pair.slice(0, colon))}:${JSON.stringify(pair.slice(colon + 1))}`;
  });
  return `{${pairs.join(",")}}`;
}

/** RFC 4180, on one line. Undefined when a quoted cell is not closed. */
function cellsOf(row: string): readonly string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; at <= row.length; at += 1) {
    if (row[at] !== '"') {
      const comma = row.indexOf(",", at);
      const end = comma < 0 ? row.length : comma;
      cells.push(row.slice(at, end).trim());
      at = end;
      continue;
    }
    let cell = "";
    for (let from = at + 1; ;) {
      const quote = row.indexOf('"', from);
      if (quote < 0) return undefined;
      cell += row.slice(from, quote);
      at = quote + 1;
      if (row[at] !== '"') break;
      cell += '"';
      from = at + 1;
    }
    if (at < row.length && row[at] !== ",") return undefined;
    cells.push(cell);
  }
  return cells;
}
