import type { IpAddress } from "../../core/net/ip.ts";

/** The address in words as `readIp` writes them, starting at `at`. */
export function addressOfWords(family: number, words: Uint32Array | Int32Array, at: number): IpAddress {
  if (family === 4) return { family: 4, value: BigInt(words[at]! >>> 0) };
  let value = 0n;
  for (let i = at; i < at + 4; i += 1) value = (value << 32n) | BigInt(words[i]! >>> 0);
  return { family: 6, value };
}
