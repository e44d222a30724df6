import { json, JsonScanner, type Projection } from "../json-projection.ts";
import { unescapeJson } from "../json-unescape.ts";
import { Observation, type ObservationSink } from "../observation.ts";
import { endOfLine, type RecordDecoder, type RecordError } from "../record-decoder.ts";
import { columnNames, columns } from "./columns.ts";
import { fillPlain } from "./fill.ts";

/** The documented names as they are, and in camel case. */
const projection: Projection = Object.fromEntries(
  columnNames.flatMap((column, slot) =>
    columns[column].flatMap((alias) => {
      const camel = alias.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [...new Set([alias, camel])].map((key) => [key, slot] as const);
    }),
  ),
);

/** The plain form as JSON lines. */
export class PlainDecoder implements RecordDecoder {
  error: RecordError = "not_an_object";
  private readonly scanner = new JsonScanner(projection, columnNames.length);
  private readonly observation = new Observation();
  private readonly from = new Int32Array(columnNames.length);
  private readonly to = new Int32Array(columnNames.length);
  private readonly sink: ObservationSink;

  constructor(sink: ObservationSink) {
    this.sink = sink;
  }

  decode(bytes: Uint8Array, view: DataView, at: number): number {
    const { scanner, observation: o, from, to } = this;
    const end = scanner.scan(bytes, view, at);
    if (end < 0) return this.refuse(scanner.error);
    const next = endOfLine(bytes, end);
    if (next < 0) return this.refuse("trailing_text");
    o.clear(bytes, view);
    for (let slot = 0; slot < columnNames.length; slot += 1) {
      const kind = scanner.kind[slot]!;
      from[slot] = to[slot] = 0;
      if (kind === json.absent || kind === json.null) continue;
      if (kind !== json.string && kind !== json.escaped && kind !== json.number) return this.refuse("bad_value");
      from[slot] = scanner.from[slot]!;
      to[slot] = kind === json.escaped ? unescapeJson(bytes, from[slot]!, scanner.to[slot]!) : scanner.to[slot]!;
      if (to[slot]! < 0) return this.refuse("bad_escape");
    }
    const error = fillPlain(o, from, to);
    if (error !== undefined) return this.refuse(error);
    this.sink(o);
    return next;
  }

  finish(): void {}

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }
}
