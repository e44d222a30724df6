import { StoredRow } from "../../app/history/rows/stored-row.ts";
import { serverExceptionIn } from "./server-exception.ts";

/** Of text: an edge of ten thousand hours has some hundred thousand characters. */
const longestRow = 2 ** 24;
/** What follows a broken row is looked at for the reason. */
const reasonBytes = 2 ** 16;
const lineEnd = 0x0a;

/**
 * Rows of a body in `JSONEachRow`, as they come. The server has said that all is well before it made them: what goes wrong later it
 * writes behind them, in the middle of a row or as a row. An answer is whole only when it ends with a line end and every line is a row.
 * Rejects with `ServerException` where the server says what is wrong.
 */
export async function* rowsOfAnswer(
  body: AsyncIterable<Uint8Array>,
  { longest = longestRow }: { readonly longest?: number } = {},
): AsyncGenerator<readonly StoredRow[], void, undefined> {
  let begun: Uint8Array[] = [];
  let length = 0;
  let broken: string | undefined;
  const reason = (): Error | undefined => serverExceptionIn(broken ?? Buffer.concat(begun).toString("utf8"));
  try {
    for await (const chunk of body) {
      if (broken !== undefined) {
        broken += Buffer.from(chunk).toString("utf8");
        if (broken.length > reasonBytes) break;
        continue;
      }
      const last = chunk.lastIndexOf(lineEnd);
      begun.push(last < 0 ? chunk : chunk.subarray(0, last));
      length += chunk.length;
      if (last >= 0) {
        const rows: StoredRow[] = [];
        const text = Buffer.concat(begun).toString("utf8");
        broken = readRows(text, rows);
        const rest = chunk.subarray(last + 1);
        [begun, length] = [[rest], rest.length];
        if (broken !== undefined) broken += `\n${Buffer.from(rest).toString("utf8")}`;
        if (rows.length > 0) yield rows;
      }
      if (length > longest) throw new Error(`a row of the answer is longer than ${longest} bytes`);
    }
  } catch (error) {
    // Servers of today close the connection behind the reason.
    throw reason() ?? error;
  }
  if (broken !== undefined || length > 0) throw reason() ?? new Error("the answer breaks off, or is none of rows");
}

/** Reads whole lines into rows. @returns what begins with the first line that is none */
function readRows(text: string, into: StoredRow[]): string | undefined {
  for (let from = 0; from <= text.length;) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? text.length : end);
    const values = valuesOf(line);
    if (values === undefined) return text.slice(from);
    into.push(new StoredRow(values));
    from += line.length + 1;
  }
  return undefined;
}

/** Undefined for what is no row, or tells of an exception as one. */
function valuesOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const isException = "exception" in value && Object.keys(value).length === 1;
    return isException ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
