import fc from "fast-check";
import { expect, test } from "vitest";
import { datagram, uint } from "./datagram.test-support.ts";
import { slot } from "./elements.ts";
import { freshValues, readRecord } from "./record-values.ts";
import { parseTemplate, variableLength } from "./template.ts";

const sourcePort = 7;
const unwanted = 1000;
/** A field of a template and what stands for it in a record. */
const skipped = fc.nat(9).map((length) => ({ field: [unwanted, length] as const, bytes: uint(7, length) }));
const huge = fc.constant({ field: [unwanted, 40_000] as const, bytes: uint(0, 40_000) });
const variable = fc.nat(300).map((length) => ({
  field: [unwanted, variableLength] as const,
  bytes: length < 255 ? [length, ...uint(7, length)] : [255, ...uint(length, 2), ...uint(7, length)],
}));
const port = fc.nat(65_535).map((number) => ({ field: [sourcePort, 2] as const, bytes: uint(number, 2), number }));
const fields = fc.array(fc.oneof({ weight: 8, arbitrary: skipped }, variable, port), { minLength: 1, maxLength: 40 });

function parsed(all: readonly (readonly [element: number, length: number])[]): ReturnType<typeof parseTemplate> {
  const bytes = datagram(...all.flatMap(([element, length]) => [uint(element, 2), uint(length, 2)]));
  const head = { id: 256, count: all.length, isOptions: false, skipped: 0 };
  return parseTemplate(new DataView(bytes.buffer), 0, bytes.length, head, true);
}

test("a record is read from its first byte to its last, whatever lies between the fields that are wanted", () => {
  fc.assert(
    fc.property(fields, fc.option(huge), fc.option(huge), (some, before, behind) => {
      const all = [before, ...some, behind].filter((one) => one !== null);
      const template = parsed(all.map(({ field }) => field))?.template;
      const bytes = datagram(...all.map((one) => one.bytes));
      if (template === undefined) {
        expect(bytes).toHaveLength(0);
        return;
      }
      const values = freshValues();
      expect(readRecord(template, new DataView(bytes.buffer), 0, bytes.length, values)).toBe(bytes.length);
      const first = some.find((one) => "number" in one);
      expect(values[slot.sourcePort]).toBe(first !== undefined && "number" in first ? first.number : -1);
    }),
    { numRuns: 300 },
  );
});

test("fields without a length, and neighbours that are not wanted, cost nothing in a record", () => {
  const all = Array.from({ length: 500 }, (_, i) => [unwanted, i % 2] as const);
  const template = parsed([...all, [82, variableLength], ...all])?.template;
  expect([...(template?.lengths ?? [])]).toEqual([250, variableLength, 250]);
});
