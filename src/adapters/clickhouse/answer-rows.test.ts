import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowsOfAnswer } from "./answer-rows.ts";
import { ServerException } from "./server-exception.ts";

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let from = 0; from < bytes.length; from += size) yield await Promise.resolve(bytes.subarray(from, from + size));
}

async function texts(body: string, size = 7, longest?: number): Promise<{ rows: string[]; error: unknown }> {
  const rows: string[] = [];
  try {
    const options = longest === undefined ? {} : { longest };
    for await (const some of rowsOfAnswer(inChunks(Buffer.from(body), size), options)) {
      for (const row of some) rows.push(row.text("name"));
    }
    return { rows, error: undefined };
  } catch (error) {
    return { rows, error };
  }
}

test("rows are the same however the body is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "binary" }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 40 }),
      async (names, size) => {
        const body = names.map((name) => `${JSON.stringify({ name })}\n`).join("");
        expect(await texts(body, size)).toEqual({ rows: names, error: undefined });
      },
    ),
  );
});

const row = '{"name":"a"}\n';
const timeout = "Timeout exceeded: elapsed 1.2 seconds, maximum: 1";

describe.each([1, 13, 1000])("in pieces of %s bytes", (size) => {
  test.each([
    [
      "of today",
      `\r\n__exception__\r\nvtdqxmfj\nCode: 159. DB::Exception: ${timeout}. (TIMEOUT_EXCEEDED) (version 26.7)\n`,
    ],
    ["of yesterday", `Code: 159. DB::Exception: ${timeout}. (TIMEOUT_EXCEEDED) (version 24.8.1.1 (official build))\n`],
    ["of 2018", `Code: 159, e.displayText() = DB::Exception: ${timeout}, e.what() = DB::Exception\n`],
    ["in the middle of a row", `{"na Code: 159. DB::Exception: ${timeout}. (TIMEOUT_EXCEEDED)`],
    ["as a row", `{"exception":"Code: 159. DB::Exception: ${timeout}. (TIMEOUT_EXCEEDED) (version 25.1)"}\n`],
    [
      "of another host",
      `Code: 159. DB::Exception: Received from b:9000. DB::Exception: ${timeout}. (TIMEOUT_EXCEEDED) (version 24)\n`,
    ],
  ])("an exception behind rows is told, in the form %s", async (_, exception) => {
    const { rows, error } = await texts(row + row + exception, size);
    expect(rows).toEqual(["a", "a"]);
    expect(error).toBeInstanceOf(ServerException);
    expect(error).toMatchObject({ code: 159, message: timeout });
  });

  test.each([
    ["ends in the middle of a row", `${row}{"name":`],
    ["ends before the end of its last line", `${row}{"name":"b"}`],
    ["has an empty line", `${row}\n${row}`],
    ["has another document", "<html>It works!</html>\n"],
    ["has a number for a row", `${row}1\n`],
    ["has a list for a row", `${row}["a"]\n`],
  ])("an answer that %s is none", async (_, body) => {
    const { error } = await texts(body, size);
    expect(error).toMatchObject({ message: "the answer breaks off, or is none of rows" });
  });
});

test("a row without an end is not waited for", async () => {
  const { rows, error } = await texts(row + "x".repeat(10_000), 100, 1000);
  expect(rows).toEqual(["a"]);
  expect(error).toMatchObject({ message: "a row of the answer is longer than 1000 bytes" });
});

test("names that look like exceptions are names", async () => {
  const name = "Code: 159. DB::Exception: no (TIMEOUT_EXCEEDED)\n__exception__";
  expect(await texts(`${JSON.stringify({ name })}\n`)).toEqual({ rows: [name], error: undefined });
});
