import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonScanner, scanPadding } from "./json-projection.ts";
import { SkimKernel } from "./skim-kernel.ts";

const keys = [
  "a",
  "Bytes",
  "DstAddr",
  "SrcK8S_Name",
  "SrcK8S_Namespace",
  "SrcK8S_NetworkName",
  "x23456789012345678901234",
];
const projection = Object.fromEntries(keys.map((key, slot) => [key, slot]));
const kernel = SkimKernel.for(projection, keys.length)!;
const fast = new JsonScanner(projection, keys.length, kernel);
const general = new JsonScanner(projection, keys.length);

interface Scan {
  readonly end: number;
  readonly slots: readonly (readonly number[])[];
}

function pieceOf(text: string, before: string): { readonly bytes: Uint8Array; readonly at: number } {
  const encoded = new TextEncoder().encode(`${before}\n${text}\n`);
  const bytes = new Uint8Array(encoded.length + scanPadding);
  bytes.set(encoded);
  return { bytes, at: new TextEncoder().encode(before).length + 1 };
}

function slotsOf({ kind, from, to, whole }: JsonScanner): Scan["slots"] {
  return keys.map((_, slot) => [
    kind[slot]!,
    ...(kind[slot] === 0 ? [] : [from[slot]!, to[slot]!]),
    ...(kind[slot] === 3 ? [whole[slot]!] : []),
  ]);
}

/** What the kernel makes of a record; undefined where it leaves the record to the general scanner. */
function skimmed(bytes: Uint8Array, at: number): Scan | undefined {
  kernel.load(bytes, 0, bytes.length - scanPadding);
  const end = kernel.skim(at);
  return end === 0 ? undefined : { end, slots: slotsOf(fast) };
}

function scanned(bytes: Uint8Array, at: number): Scan {
  const end = general.scan(bytes, new DataView(bytes.buffer), at);
  return { end, slots: end < 0 ? [] : slotsOf(general) };
}

const plain = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.nat(),
  fc.constantFrom(0, 999_999_999_999_999, 1_000_000_000_000_000, -1, 1.5, true, false, null),
  fc.array(fc.oneof(fc.string({ maxLength: 20 }), fc.nat()), { maxLength: 4 }),
  fc.string({ minLength: 14, maxLength: 40 }),
);
const value = fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: fc.jsonValue() });
const record = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...keys, "SrcK8S_NetworkNamf", "Byte", "b"), fc.string()), value), {
    maxLength: 30,
  })
  // Written by hand, so that keys may come twice.
  .map((pairs) => `{${pairs.map(([key, own]) => `${JSON.stringify(key)}:${JSON.stringify(own)}`).join(",")}}`);

describe("what the kernel reads, the general scanner reads the same", () => {
  test("on valid records, after anything", () => {
    let plainRecords = 0;
    fc.assert(
      fc.property(record, fc.stringMatching(/^[ -~]{0,40}$/), (text, before) => {
        const { bytes, at } = pieceOf(text, before);
        const skim = skimmed(bytes, at);
        if (skim === undefined) return;
        plainRecords += 1;
        expect(skim).toEqual(scanned(bytes, at));
      }),
      { numRuns: 5_000 },
    );
    expect(plainRecords).toBeGreaterThan(1_000);
  });

  test("on damaged records it accepts nothing more", () => {
    let accepted = 0;
    const damaged = fc
      .tuple(
        record,
        fc.nat(),
        fc.constantFrom("{", "}", "[", "]", '"', ",", ":", "\\", " ", "0", "a", "-", "\u0001", "\u007f"),
      )
      .map(([text, at, by]) => {
        const place = at % text.length;
        return `${text.slice(0, place)}${by}${text.slice(place + 1)}`;
      });
    fc.assert(
      fc.property(
        fc.oneof(
          damaged,
          record.map((text) => text.slice(0, -1)),
        ),
        (text) => {
          const { bytes, at } = pieceOf(text.replaceAll("\n", " "), "");
          const skim = skimmed(bytes, at);
          if (skim === undefined) return;
          accepted += 1;
          expect(skim).toEqual(scanned(bytes, at));
        },
      ),
      { numRuns: 5_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

test("records that are not plain are left alone", () => {
  const left = [
    '{"a":"\\n"}',
    '{"a": 1}',
    '{"a":{"b":1}}',
    '{"a":1.5}',
    '{"a":-1}',
    '{"a":[{"b":1}]}',
    "{}",
    '{"a":1',
    "[]",
  ];
  expect(left.filter((text) => skimmed(pieceOf(text, "").bytes, 1) !== undefined)).toEqual([]);
});

test("a piece that does not fit is not loaded", () => {
  const bytes = new Uint8Array(4 << 20).fill(0x20);
  kernel.load(bytes, 0, bytes.length);
  expect(kernel.loaded).toBeUndefined();
});
