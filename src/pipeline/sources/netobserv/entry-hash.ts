const quote = 0x22;
const comma = 0x2c;
const escape = 0x5c;
const underscore = 0x5f;

/**
 * A hash of 53 bits of a line of Loki, by which the same line is known when it comes in another answer. Stream labels come
 * in any order, so their bytes are counted instead of hashed in order. Labels that Loki and its gateways add
 * (`detected_level`, `service_name`) are left out: a tail may have others than a range query.
 * @param key random, 32 bits: who does not know it cannot make two lines look alike
 * @param line with its labels put back in, in front
 * @param labelBytes how many bytes of the line, behind the brace, are labels
 * @param time nanoseconds since the epoch
 */
export function hashEntry(key: number, line: Uint8Array, labelBytes: number, time: bigint): number {
  const labels = sumOfLabels(line, labelBytes);
  let a = key ^ Number(time & 0xffff_ffffn);
  let b = Math.imul(key, 0x85ebca6b) ^ Number((time >> 32n) & 0xffff_ffffn);
  for (let i = 1 + labelBytes; i < line.length; i += 1) {
    const byte = line[i]!;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b + byte, 0x27d4eb2f) ^ (b >>> 15);
  }
  a = Math.imul(a ^ labels ^ (a >>> 15), 0x2c1b3c6d);
  b = Math.imul(b ^ (labels + line.length - labelBytes) ^ (b >>> 13), 0x297a2d39);
  return (a >>> 0) + ((b ^ (b >>> 16)) & 0x1f_ffff) * 0x1_0000_0000;
}

/** Of the labels that NetObserv gives: their names begin with a capital, perhaps behind an underscore. */
function sumOfLabels(line: Uint8Array, labelBytes: number): number {
  let sum = 0;
  for (let i = 1; i <= labelBytes; i += 1) {
    const start = i;
    let isInString = false;
    for (; i <= labelBytes && (isInString || line[i] !== comma); i += 1) {
      if (line[i] === quote) isInString = !isInString;
      else if (line[i] === escape) i += 1;
    }
    let name = start;
    while (name < i && (line[name]! <= 0x20 || line[name] === quote || line[name] === underscore)) name += 1;
    if (line[name]! < 0x41 || line[name]! > 0x5a) continue;
    for (let at = start; at < i; at += 1) {
      const byte = line[at]!;
      // Blanks between labels are whoever's wrote them down.
      if (byte > 0x20) sum = (sum + Math.imul(byte + 1, 0x9e3779b1 ^ (byte << 11))) | 0;
    }
  }
  return sum;
}
