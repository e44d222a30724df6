import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  UHUGEINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from "@duckdb/node-api";
import { hourMs, noPrefix, protocolCodes, verdictCodes } from "../../app/history/rows/codes.ts";
import type { EdgeDelta } from "../../pipeline/flows/sealed-batch.ts";
import { appendTo } from "./append-to.ts";
import { cleanText } from "./clean-text.ts";
import type { OwnerNumber } from "./intern.ts";

/** Rows that DuckDB takes at once. */
const chunkRows = 2048;
const types = [
  [INTEGER, INTEGER, UTINYINT, UHUGEINT, UTINYINT, USMALLINT, UTINYINT, UTINYINT, INTEGER, INTEGER],
  [DOUBLE, DOUBLE, UINTEGER, UINTEGER, LIST(VARCHAR)],
].flat();

/** Appends by columns: a call per value would be most of the work. */
export async function appendEdges(
  connection: DuckDBConnection,
  edges: readonly EdgeDelta[],
  owners: readonly OwnerNumber[],
  sources: readonly number[],
): Promise<void> {
  if (edges.length === 0) return;
  await appendTo(connection, { name: "edge_tail" }, (appender) => {
    for (let from = 0; from < edges.length; from += chunkRows) {
      const rows = edges.slice(from, from + chunkRows);
      const chunk = DuckDBDataChunk.create(types, rows.length);
      let column = 0;
      const fill = (value: (row: EdgeDelta) => DuckDBValue): void => {
        const vector = chunk.getColumnVector(column);
        for (let i = 0; i < rows.length; i += 1) vector.setItem(i, value(rows[i]!));
        vector.flush();
        column += 1;
      };
      fill(({ owner }) => owners[owner]!.space);
      fill(({ owner }) => owners[owner]!.id);
      fill(({ address }) => address.family);
      fill(({ address }) => address.value);
      fill(({ protocol }) => protocolCodes.indexOf(protocol));
      fill(({ port }) => port);
      fill(({ verdict }) => verdictCodes.indexOf(verdict));
      fill(({ prefixLength }) => (prefixLength === undefined ? noPrefix : prefixLength + 1));
      fill(({ source }) => sources[source]!);
      fill(({ hour }) => hour);
      fill(({ flows }) => flows);
      fill(({ bytes }) => bytes ?? null);
      fill(({ hour, firstSeenMs }) => within(hour, firstSeenMs));
      fill(({ hour, lastSeenMs }) => within(hour, lastSeenMs));
      fill(({ decidedBy }) => (decidedBy.length === 0 ? null : listValue(decidedBy.map(cleanText))));
      appender.appendDataChunk(chunk);
    }
  });
}

/** Milliseconds since the start of the hour; times outside of it are its edge. */
function within(hour: number, ms: number): number {
  return Math.min(hourMs - 1, Math.max(0, Math.floor(ms - hour * hourMs)));
}
