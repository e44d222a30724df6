import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { endianness } from "node:os";
import { parseIp } from "../../core/net/ip.ts";

/**
 * Messages that the kernel threw away because a UDP socket's buffer was full. Linux counts them for each socket; elsewhere
 * nobody tells, and the count stays zero.
 * @see proc(5), /proc/net/udp: the last column
 */
export class UdpDrops {
  private readonly table: string;
  private readonly place: string;
  private told = 0;

  constructor({ address, port, family }: AddressInfo, tables = "/proc/self/net") {
    const isV6 = family === "IPv6";
    this.table = `${tables}/${isV6 ? "udp6" : "udp"}`;
    this.place = `${kernelText(address, isV6)}:${hex(BigInt(port), 4)}`;
  }

  /** How many more since the last time. */
  async more(): Promise<number> {
    const text = await readFile(this.table, "latin1").catch(() => "");
    for (const line of text.split("\n")) {
      const words = line.trim().split(/\s+/);
      if (words[1] !== this.place) continue;
      const dropped = Number(words.at(-1));
      if (!Number.isSafeInteger(dropped)) continue;
      const more = Math.max(0, dropped - this.told);
      this.told = dropped;
      return more;
    }
    return 0;
  }
}

/** The address in words of 32 bits, each as the machine stores it. */
function kernelText(address: string, isV6: boolean): string {
  const read = parseIp(address);
  const { family, value } = read.ok ? read.value : { family: isV6 ? 6 : 4, value: 0n };
  const whole = hex(isV6 && family === 4 ? (0xffffn << 32n) | value : value, isV6 ? 32 : 8);
  const words = whole.match(/.{8}/g) ?? [];
  return words.map((word) => (endianness() === "LE" ? (word.match(/../g) ?? []).toReversed().join("") : word)).join("");
}

function hex(value: bigint, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
