import { expect, test } from "vitest";
import { ipForTest } from "../../../../../test/arbitraries/edge.ts";
import { joinOwners, type OwnerOf, parseOwnerCsv } from "./owner-table.ts";

function tableForTest(text: string): OwnerOf {
  const parsed = parseOwnerCsv(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}

const numbers = tableForTest('3221225984,3221226239,64500,"Acme, Inc."\n3325256704,3325256959,64501,Other\n');
const networks = tableForTest("2001:db8::,2001:db8::ffff,64502,Six\n192.0.2.0,192.0.2.255,64500,Acme\n");
const countries = tableForTest("start,end,country\n192.0.2.0,192.0.2.127,be\n2001:db8::,2001:db8::1,NL\n");

test.each([
  ["192.0.2.0", { asn: 64500, organisation: "Acme, Inc.", country: "BE" }],
  ["192.0.2.200", { asn: 64500, organisation: "Acme, Inc.", country: undefined }],
  ["192.0.3.0", undefined],
  ["191.255.255.255", undefined],
  ["2001:db8::1", { asn: 64502, organisation: "Six", country: "NL" }],
  ["2001:db8::1:0", undefined],
])("%s belongs to %j", (address, expected) => {
  expect(joinOwners([numbers, networks, countries])(ipForTest(address))).toEqual(expected);
});

test.each([
  ["", "it has no ranges"],
  ["192.0.2.0,192.0.2.255\n", "`192.0.2.0,192.0.2.255` is not `start,end,asn,organisation` or `start,end,country`"],
  [
    "192.0.2.9,192.0.2.0,64500,x\n",
    "`192.0.2.9,192.0.2.0,64500,x` does not begin with the first and last address of a range",
  ],
  ["192.0.2.0,2001:db8::,BE\n", "`192.0.2.0,2001:db8::,BE` does not begin with the first and last address of a range"],
  [
    "192.0.2.0,192.0.2.1,Belgium\n",
    "`192.0.2.0,192.0.2.1,Belgium` is not `start,end,asn,organisation` or `start,end,country`",
  ],
])("%j is refused", (text, message) => {
  const parsed = parseOwnerCsv(text);
  expect(parsed.ok ? "accepted" : parsed.error.message).toBe(message);
});
