import { expect, test } from "vitest";
import { ipForTest } from "../../../test/arbitraries/edge.ts";
import { readOwners } from "./read-owners.ts";

type Value = string | number | { readonly [key: string]: Value };

/** A value in the data format of MaxMind DB: a type in three bits, a size in five; from 29 on, the rest in a byte. */
function encode(value: Value): readonly number[] {
  if (typeof value === "string") {
    const size = value.length < 29 ? [0x40 + value.length] : [0x40 + 29, value.length - 29];
    return [...size, ...Buffer.from(value)];
  }
  if (typeof value === "number") {
    const bytes = [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
    return [0xc4, ...bytes];
  }
  const entries = Object.entries(value);
  return [0xe0 + entries.length, ...entries.flatMap(([key, inner]) => [...encode(key), ...encode(inner)])];
}

/** A database with one record for `0.0.0.0/1` and another for `128.0.0.0/1`. */
function databaseForTest(low: Value, high: Value, builtS: number): Uint8Array {
  const data = [encode(low), encode(high)];
  const record = (offset: number): readonly number[] => [0, 0, 1 + 16 + offset];
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: builtS,
    database_type: "Test",
    ip_version: 4,
    node_count: 1,
    record_size: 24,
  };
  return Uint8Array.from([
    ...record(0),
    ...record(data[0]!.length),
    ...Array.from({ length: 16 }, () => 0),
    ...data.flat(),
    ...Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"),
    ...encode(metadata),
  ]);
}

test("databases of several publishers say who announces an address", () => {
  const bytes = databaseForTest(
    { autonomous_system_number: 64500, autonomous_system_organization: "Acme", country: { iso_code: "BE" } },
    { asn: "AS64501", as_name: "Other", country: "nl" },
    1_763_632_800,
  );
  const read = readOwners("x.mmdb", bytes);
  if (!read.ok) throw new Error(read.error.message);
  const { ownerOf, asOfMs } = read.value;
  expect(new Date(asOfMs ?? 0).toISOString()).toBe("2025-11-20T10:00:00.000Z");
  expect(ownerOf(ipForTest("10.0.0.1"))).toEqual({ asn: 64500, organisation: "Acme", country: "BE" });
  expect(ownerOf(ipForTest("192.0.2.1"))).toEqual({ asn: 64501, organisation: "Other", country: "NL" });
  expect(ownerOf(ipForTest("2001:db8::1"))).toBeUndefined();
});

test("a damaged database is an error", () => {
  const bytes = databaseForTest({ asn: 1 }, { asn: 2 }, 1_763_632_800);
  const read = readOwners("x.mmdb", bytes.subarray(0, bytes.length - 60));
  expect(read.ok ? "read" : read.error.message).toBe("`x.mmdb` is a damaged database, get it again");
});
