import fc from "fast-check";
import { expect, test } from "vitest";
import { NetobservDecoder } from "./netobserv/decode.ts";
import { maxRecordBytes } from "./record-decoder.ts";
import { RecordFeeder } from "./record-feeder.ts";
import { utf8Bytes, utf8Text } from "./text-bytes.ts";

/** Feeds texts; gives the source ports that came out, and what was refused. */
function feed(records: readonly string[]): { ports: number[]; refused: string[] } {
  const ports: number[] = [];
  const refused: string[] = [];
  const feeder = new RecordFeeder(
    new NetobservDecoder(({ sourcePort }) => void ports.push(sourcePort)),
    (error, sample) => void refused.push(`${error} ${utf8Text(sample, 0, Math.min(sample.length, 20))}`),
  );
  for (const record of records) feeder.add(utf8Bytes(record));
  feeder.flush();
  return { ports, refused };
}

test("records come out in their order, whatever stands between them", () => {
  expect(
    feed(['{"SrcPort":1}', "", ' {"SrcPort":2', '{"SrcPort":3}\n{"SrcPort":4}\n', "[5]", '{"SrcPort":6}\r']),
  ).toEqual({ ports: [1, 3, 4, 6], refused: ['not_an_object  {"SrcPort":2', "not_an_object [5]"] });
});

test("a record longer than a piece is read, one longer than any record is refused", () => {
  const filler = (length: number): string => `{"SrcPort":7,"Filler":"${"x".repeat(length)}"}`;
  const { ports, refused } = feed([filler(300_000), filler(maxRecordBytes), '{"SrcPort":8}']);
  expect(ports).toEqual([7, 8]);
  expect(refused).toEqual(['too_long {"SrcPort":7,"Filler']);
});

test("each record comes once, however many there are and however long", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 40 });
  fc.assert(
    fc.property(lengths, (fillers) => {
      const { ports, refused } = feed(fillers.map((length, i) => `{"a":"${"x".repeat(length)}","SrcPort":${i}}`));
      expect(ports).toEqual(fillers.map((_, i) => i));
      expect(refused).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("whatever comes, nothing is lost without a word", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 30 })), (records) => {
      const { ports, refused } = feed(records);
      const lines = records.flatMap((record) => record.split("\n")).filter((line) => /\S/.test(line));
      expect(ports.length + refused.length).toBe(lines.length);
    }),
  );
});
