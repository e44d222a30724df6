import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { endianness, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UdpDrops } from "./udp-drops.ts";

let tables: string;
beforeAll(() => {
  tables = mkdtempSync(join(tmpdir(), "postern-proc-net-"));
});
afterAll(() => rmSync(tables, { recursive: true }));

const head =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops";
const row = (place: string, drops: number): string =>
  `  123: ${place} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12345 2 0000000000000000 ${drops}`;
const write = (name: string, rows: readonly string[]): void =>
  writeFileSync(join(tables, name), [head, ...rows, ""].join("\n"));

describe.skipIf(endianness() !== "LE")("the kernel's count of what a socket had no room for", () => {
  test.each([
    ["of IPv4", { address: "127.0.0.1", port: 514, family: "IPv4" }, "udp", "0100007F:0202"],
    ["of any IPv4", { address: "0.0.0.0", port: 5514, family: "IPv4" }, "udp", "00000000:158A"],
    ["of both families", { address: "::", port: 514, family: "IPv6" }, "udp6", `${"0".repeat(32)}:0202`],
    [
      "of one IPv6 address",
      { address: "2001:db8::1", port: 514, family: "IPv6" },
      "udp6",
      "B80D0120000000000000000001000000:0202",
    ],
  ])("is read %s, and told as it grows", async (_, place, table, text) => {
    const other = row("0100007F:0203", 99);
    const drops = new UdpDrops(place, tables);
    write(table, [other, row(text, 0)]);
    expect(await drops.more()).toBe(0);
    write(table, [row(text, 7), other]);
    expect([await drops.more(), await drops.more()]).toEqual([7, 0]);
    write(table, [row(text, 12)]);
    expect(await drops.more()).toBe(5);
  });

  test("is zero where no table tells it", async () => {
    const drops = new UdpDrops({ address: "127.0.0.1", port: 1, family: "IPv4" }, join(tables, "nowhere"));
    expect(await drops.more()).toBe(0);
  });
});
