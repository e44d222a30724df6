import { expect, test } from "vitest";
import { formatIp } from "../../core/net/ip.ts";
import { disputedNames } from "./disputed-names.ts";
import { ipForTest } from "./harvest.test-support.ts";
import type { NameEvidence } from "./harvest.ts";

/** `tls-sni a.example 192.0.2.1`, as evidence. */
function evidence(line: string): NameEvidence {
  const [from = "", name = "", address = ""] = line.split(" ");
  return { from, name, address: ipForTest(address) } as NameEvidence;
}

test.each<[string, readonly string[], readonly string[]]>([
  [
    "a name that was claimed for another address than answers gave",
    ["dns-answer a.example 192.0.2.1", "tls-sni a.example 192.0.2.9"],
    ["a.example 192.0.2.9"],
  ],
  [
    "the same, whatever comes first",
    ["tls-sni a.example 192.0.2.9", "dns-answer a.example 192.0.2.1"],
    ["a.example 192.0.2.9"],
  ],
  [
    "no name that any answer gave the address for",
    ["dns-answer a.example 192.0.2.1", "dns-answer a.example 2001:db8::1", "tls-sni a.example 2001:db8::1"],
    [],
  ],
  ["no name that was never answered", ["dns-answer b.example 192.0.2.1", "tls-sni a.example 192.0.2.1"], []],
  ["no name that a source told itself", ["dns-answer a.example 192.0.2.1", "flow a.example 192.0.2.9"], []],
  ["nothing by another claim", ["tls-sni a.example 192.0.2.1", "tls-sni a.example 192.0.2.9"], []],
])("disputed is %s", (_, lines, expected) => {
  expect(disputedNames(lines.map(evidence)).map(({ name, address }) => `${name} ${formatIp(address)}`)).toEqual(
    expected,
  );
});
