/**
 * Scans one plain JSON object: wanted values of its own level become ranges, everything else is passed over. Strings are
 * searched sixteen bytes at a time. Whatever is unusual — escapes, blanks, nested objects, numbers that are not plain
 * digits — is not judged here: the answer is 0, and the general scanner reads the record instead.
 *
 * Memory: kinds, one byte a slot, from 0; starts of values (i32) from 256; ends from 512; whole numbers (f64) from 1024;
 * the table of wanted keys from 2048, 256 cells of 32 bytes: first eight bytes of the key, last eight, length, slot,
 * middle eight; the bytes to scan from 16384. `src/pipeline/sources/skim-kernel.ts` fills the table.
 *
 * INVARIANT (sentinel): the record ends with a control character, and no control character is legal inside a token, so
 * every loop ends there without a bound.
 */

const starts: usize = 256;
const ends: usize = 512;
const wholes: usize = 1024;
const table: usize = 2048;
const tableEnd: usize = 2048 + 256 * 32;

/** The first quote, backslash or control character at or behind `at`. */
function stringEnd(at: usize): usize {
  const quote = i8x16.splat(0x22);
  const slash = i8x16.splat(0x5c);
  const blank = i8x16.splat(0x20);
  let p = at;
  let hits: i32 = 0;
  while (true) {
    const block = v128.load(p);
    const isEnd = v128.or(i8x16.eq(block, quote), i8x16.eq(block, slash));
    hits = i8x16.bitmask(v128.or(isEnd, i8x16.lt_u(block, blank)));
    if (hits != 0) break;
    p += 16;
  }
  return p + <usize>ctz(hits);
}

/** The slot of the key in [from, to), -1 when it is not wanted. Keys are at most 24 bytes long. */
function slotOf(from: usize, to: usize): i32 {
  const length = to - from;
  let first = load<u64>(from);
  let last: u64 = 0;
  if (length < 8) first &= ((<u64>1) << (length << 3)) - 1;
  else last = load<u64>(to - 8);
  const hash = ((first ^ rotl<u64>(last, 29)) * 0x9e3779b97f4a7c15) >> 56;
  let cell: usize = table + ((<usize>hash) << 5);
  while (true) {
    const known = load<u32>(cell + 16);
    if (known == 0) return -1;
    if (known == <u32>length && load<u64>(cell) == first && load<u64>(cell + 8) == last) {
      if (length <= 16 || load<u64>(from + 8) == load<u64>(cell + 24)) return load<i32>(cell + 20);
    }
    cell += 32;
    if (cell == tableEnd) cell = table;
  }
  return -1;
}

function put(slot: i32, kind: u8, from: usize, to: usize, base: usize): void {
  store<u8>(slot, kind);
  store<i32>(starts + ((<usize>slot) << 2), <i32>(from - base));
  store<i32>(ends + ((<usize>slot) << 2), <i32>(to - base));
}

/**
 * @param at where the object starts
 * @param base subtracted from every place that is reported
 * @returns the place behind the closing brace, less `base`; 0 for an object that is not plain
 */
export function skim(at: usize, base: usize): usize {
  if (load<u8>(at) != 0x7b || load<u8>(at + 1) != 0x22) return 0;
  for (let slot: usize = 0; slot < 64; slot += 16) v128.store(slot, i64x2.splat(0));
  let p = at + 1;
  while (true) {
    const keyEnd = stringEnd(p + 1);
    if (load<u16>(keyEnd) != 0x3a22) return 0;
    const slot = slotOf(p + 1, keyEnd);
    p = keyEnd + 2;
    const start = p;
    let c: u32 = load<u8>(p);
    if (c == 0x22) {
      p = stringEnd(p + 1);
      if (load<u8>(p) != 0x22) return 0;
      if (slot >= 0) put(slot, 1, start + 1, p, base);
      p += 1;
    } else if (c - 0x30 < 10) {
      let value: u64 = 0;
      while (c - 0x30 < 10) {
        value = value * 10 + (c - 0x30);
        p += 1;
        c = load<u8>(p);
      }
      if (p - start > 15) return 0;
      if (slot >= 0) {
        put(slot, 3, start, p, base);
        store<f64>(wholes + ((<usize>slot) << 3), <f64>value);
      }
    } else if (c == 0x5b) {
      p += 1;
      while (true) {
        c = load<u8>(p);
        if (c == 0x5d) break;
        if (c == 0x22) {
          p = stringEnd(p + 1);
          if (load<u8>(p) != 0x22) return 0;
        } else if (c < 0x20 || c == 0x5b || c == 0x7b || c == 0x7d) return 0;
        p += 1;
      }
      p += 1;
      if (slot >= 0) put(slot, 8, start, p, base);
    } else {
      let kind: u8 = 0;
      const word = load<u32>(p);
      if (word == 0x65757274) kind = 4;
      else if (word == 0x736c6166 && load<u8>(p + 4) == 0x65) kind = 5;
      else if (word == 0x6c6c756e) kind = 6;
      else return 0;
      p += kind == 5 ? 5 : 4;
      if (slot >= 0) put(slot, kind, start, p, base);
    }
    c = load<u8>(p);
    p += 1;
    if (c == 0x7d) return p - base;
    if (c != 0x2c || load<u8>(p) != 0x22) return 0;
  }
  return 0;
}
