import { unescapeJson } from "./json-unescape.ts";
import type { SkimKernel } from "./skim-kernel.ts";
import { utf8Bytes, utf8Text } from "./text-bytes.ts";
import { areWordsAt, copyWords, longestInWords } from "./text-words.ts";

/** Which keys of an object are wanted: a number is the slot that gets the value, an object goes one level down. */
export interface Projection {
  readonly [key: string]: number | Projection;
}

/** What stands in a slot. Ranges of strings exclude the quotes; those of objects and arrays include the brackets. */
export const json = {
  absent: 0,
  string: 1,
  /** A string with escapes: the range is still escaped. */
  escaped: 2,
  number: 3,
  true: 4,
  false: 5,
  null: 6,
  object: 7,
  array: 8,
} as const;

export type JsonError = "not_an_object" | "bad_key" | "bad_value" | "bad_string" | "bad_separator" | "too_deep";

/** Depth of nesting, wanted or skipped. */
export const maxJsonDepth = 64;
/** Bytes that must follow the control character which ends a record: the scanner looks ahead in words. */
export const scanPadding = 48;

/** More distinct keys than this are still read right, only no longer predicted. */
const maxLearntKeys = 1024;
const tableSize = 8192;
/** The key that stands for every key beyond `maxLearntKeys`. */
const unlearntKey = 1;
/** The number of a level is greater. */
const unwanted = -1;
/** One object in so many is read without guessing values, to see which ones stay the same. */
const learnEvery = 64;
/** Wrong guesses until a value is no longer guessed. */
const trustInUsual = 16;

/**
 * Reads wanted values of one JSON object straight from bytes: no object, no string, no copy. Keys may come in any
 * order, at any supported depth, with escapes; of duplicate keys the last wins, as with `JSON.parse`. Whatever
 * `JSON.parse` accepts as an object is accepted, up to `maxJsonDepth`; of what is skipped only as much is checked as
 * finding its end needs.
 *
 * Fast because writers repeat themselves: for each key the scanner remembers which key followed it last time, and
 * compares that key's whole literal (`"Bytes":`) eight bytes at once; only a surprise costs a look-up by hash.
 *
 * INVARIANT (sentinel): the record is followed by a control character (the line feed) and `scanPadding` more bytes,
 * whatever they hold. No control character is legal inside a token, so every inner loop ends there without a bound.
 */
export class JsonScanner {
  /** Per slot; meaningful after a successful `scan`. */
  readonly kind: Uint8Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** The value of a number of digits only (exact up to 15 of them); -1 for any other number. */
  readonly whole: Float64Array;
  /** Why and where the last `scan` failed. */
  error: JsonError = "not_an_object";
  errorAt = 0;

  private readonly kernel: SkimKernel | undefined;
  // Keys, wanted or learnt, of all levels. Key 0 is unused; each level starts with a nameless key of its own.
  /**
   * Eight cells a key, six used: the key that followed it last time; bytes of its literal, quotes and colon included
   * (0: it cannot be compared in words); its role, which is the slot of its value, or the level below it negated, or
   * `unwanted`; bytes of the pair that is expected (0: none is); the key that followed it before; its level.
   */
  private readonly keys = new Int32Array(8 * (maxLearntKeys + 1));
  private readonly literal = new Float64Array(8 * (maxLearntKeys + 1));
  /** The key with the value it had twice, up to the comma: its bytes, its length (0: not expected), what it is. */
  private readonly usual = new Float64Array(8 * (maxLearntKeys + 1));
  /** Kind, start and end of the value, places relative to the key. */
  private readonly usualValue = new Int32Array(4 * (maxLearntKeys + 1));
  private readonly usualWhole = new Float64Array(maxLearntKeys + 1);
  private readonly seenLength = new Int32Array(maxLearntKeys + 1);
  private readonly trust = new Int32Array(maxLearntKeys + 1);
  private scans = 0;
  private isLearning = false;
  // Where a scan stands.
  private previous = 0;
  private level = 0;
  private depth = 0;
  private end = 0;
  private readonly keyBytes: Uint8Array[] = [];
  private readonly keyLength = new Int32Array(maxLearntKeys + 1);
  private readonly keyLevel = new Int32Array(maxLearntKeys + 1);
  private readonly table = new Int32Array(tableSize);
  private keyCount = unlearntKey + 1;
  /** Slots below a level, to forget them when its key comes again. */
  private readonly slotsBelow: number[][] = [];
  private readonly stack = new Int32Array(maxJsonDepth);
  private readonly rootLevel: number;
  /** Where `lookUpKey` stopped: behind the closing quote. */
  private keyEnd = 0;
  private hasEscape = false;

  /** `kernel`: reads the objects that are plain; made for the same projection. */
  constructor(projection: Projection, slots: number, kernel?: SkimKernel) {
    this.kernel = kernel;
    this.kind = kernel?.kind ?? new Uint8Array(slots);
    this.from = kernel?.from ?? new Int32Array(slots);
    this.to = kernel?.to ?? new Int32Array(slots);
    this.whole = kernel?.whole ?? new Float64Array(slots);
    this.keyBytes.length = unlearntKey + 1;
    this.keys[8 * unlearntKey + 2] = unwanted;
    this.rootLevel = this.addLevel(projection);
  }

  /** Adds a level's keys; the level is known by the number of its nameless first key. */
  private addLevel(projection: Projection): number {
    const level = this.keyCount;
    this.keyCount += 1;
    this.keys[8 * level + 2] = unwanted;
    const slots: number[] = [];
    this.slotsBelow[level] = slots;
    for (const [name, wanted] of Object.entries(projection)) {
      const key = this.addKey(level, utf8Bytes(`"${name}"`));
      if (typeof wanted === "number") {
        this.keys[8 * key + 2] = wanted;
        slots.push(wanted);
      } else {
        const below = this.addLevel(wanted);
        this.keys[8 * key + 2] = -below;
        slots.push(...(this.slotsBelow[below] ?? []));
      }
    }
    return level;
  }

  private addKey(level: number, quoted: Uint8Array): number {
    if (this.keyCount > maxLearntKeys) return unlearntKey;
    const key = this.keyCount;
    this.keyCount += 1;
    this.keys[8 * key + 2] = unwanted;
    this.keyBytes[key] = quoted;
    this.keyLength[key] = quoted.length;
    this.keyLevel[key] = level;
    this.keys[8 * key + 5] = level;
    const length = quoted.length + 1;
    // A word with a byte above 127 may be a NaN, which equals nothing: such keys are compared byte by byte.
    if (length >= 4 && length <= longestInWords && quoted.every((byte) => byte < 128)) {
      const padded = new Uint8Array(longestInWords);
      padded.set(quoted);
      padded[length - 1] = 0x3a;
      this.keys[8 * key + 1] = length;
      copyWords(new DataView(padded.buffer), 0, this.literal, key << 3, length);
    }
    const keyView = new Uint8Array(quoted.length + scanPadding);
    keyView.set(quoted);
    let at = hashKey(new DataView(keyView.buffer), 0, quoted.length, level);
    while (this.table[at] !== 0) at = (at + 1) & (tableSize - 1);
    this.table[at] = key;
    return key;
  }

  /**
   * Scans the object that starts at `at`.
   * @returns the position behind its closing brace, or -1 with `error` and `errorAt` set
   */
  scan(bytes: Uint8Array, view: DataView, at: number): number {
    if (this.kernel !== undefined && this.kernel.loaded === bytes) {
      const end = this.kernel.skim(at);
      if (end > 0) return end;
    }
    this.kind.fill(json.absent);
    if (bytes[at] !== 0x7b) return this.fail("not_an_object", at);
    let p = skipBlank(bytes, at + 1);
    this.depth = 0;
    this.level = this.rootLevel;
    this.previous = this.rootLevel;
    if (bytes[p] === 0x7d) return p + 1;
    this.scans += 1;
    this.isLearning = this.scans % learnEvery === 0;
    for (;;) {
      if (!this.isLearning) p = this.skimPairs(bytes, view, p);
      if (p < 0) return -1 - p; // the object ended
      p = this.readPair(bytes, view, p);
      if (p <= 0) return p === 0 ? this.end : -1;
    }
  }

  /**
   * Reads pairs as long as there is no surprise: the key that came last time, and the same value, or a string without
   * escapes, or digits, and no blanks. It calls nothing that is not inlined, so that what it works on stays in
   * registers; whatever is unusual is left, untouched, to `readPair`.
   * @returns the position of the first pair that is unusual; for an object that ended, -1 minus the position behind it
   */
  private skimPairs(bytes: Uint8Array, view: DataView, at: number): number {
    const { kind, from, to, whole, keys, literal, usual, usualValue, usualWhole, table, level, depth } = this;
    let { previous } = this;
    let p = at;
    for (;;) {
      let key = keys[previous << 3]!;
      let length = keys[(key << 3) + 1]!;
      let role = keys[(key << 3) + 2]!;
      const expected = keys[(key << 3) + 3]!;
      let end = p;
      if (expected !== 0 && areWordsAt(view, p, usual, key << 3, expected)) {
        if (role >= 0) {
          kind[role] = usualValue[4 * key]!;
          from[role] = p + usualValue[4 * key + 1]!;
          to[role] = p + usualValue[4 * key + 2]!;
          whole[role] = usualWhole[key]!;
        }
        end += expected;
      } else {
        if (length === 0 || !areWordsAt(view, p, literal, key << 3, length)) {
          // Optional keys come and go: perhaps it is the one before last. Else the table knows it, if it is known.
          const before = key;
          key = keys[(previous << 3) + 4]!;
          length = keys[(key << 3) + 1]!;
          if (length === 0 || !areWordsAt(view, p, literal, key << 3, length)) {
            let quote = p + 1;
            while ((bytes[quote]! > 0x22 || bytes[quote] === 0x21 || bytes[quote] === 0x20) && bytes[quote] !== 0x5c)
              quote += 1;
            if (bytes[quote] !== 0x22 || bytes[quote + 1] !== 0x3a) break;
            length = quote + 2 - p;
            let probe = hashKey(view, p, length - 1, level);
            for (key = table[probe]!; key !== 0; key = table[probe]!) {
              const cell = key << 3;
              if (keys[cell + 1] === length && keys[cell + 5] === level && areWordsAt(view, p, literal, cell, length))
                break;
              probe = (probe + 1) & (tableSize - 1);
            }
            if (key === 0 || previous === unlearntKey) break;
          }
          role = keys[(key << 3) + 2]!;
          keys[(previous << 3) + 4] = before;
          keys[previous << 3] = key;
        }
        if (role < unwanted) break;
        end += length;
        const start = end;
        let c = bytes[end]!;
        if (c === 0x22) {
          end += 1;
          for (;;) {
            // Four bytes at once: a byte is a quote or a control character when, with bit 1 flipped, it is below 0x21.
            const word = view.getInt32(end, true);
            const flipped = word ^ 0x02020202;
            const slashes = word ^ 0x5c5c5c5c;
            const hit = (((flipped - 0x21212121) & ~flipped) | ((slashes - 0x01010101) & ~slashes)) & 0x80808080;
            if (hit === 0) {
              end += 4;
              continue;
            }
            end += (31 - Math.clz32(hit & -hit)) >>> 3;
            break;
          }
          if (bytes[end] !== 0x22) break;
          if (role >= 0) {
            kind[role] = json.string;
            from[role] = start + 1;
            to[role] = end;
          }
          end += 1;
        } else if (c === 0x5b) {
          // A list of plain strings and numbers.
          for (end += 1; (c = bytes[end]!) !== 0x5d; end += 1) {
            if (c === 0x22) {
              do c = bytes[++end]!;
              while (c !== 0x22 && c !== 0x5c && c >= 0x20);
              if (c !== 0x22) break;
            } else if (c < 0x20 || (c | 0x20) === 0x7b || c === 0x7d) break;
          }
          if (c !== 0x5d) break;
          end += 1;
          if (role >= 0) {
            kind[role] = json.array;
            from[role] = start;
            to[role] = end;
          }
        } else {
          // Four digits at once: their upper halves are 3, and stay below 4 when 6 is added to the lower.
          let value = 0;
          for (;;) {
            const word = view.getInt32(end, true);
            if (((word & 0xf0f0f0f0) | (((word + 0x06060606) & 0xf0f0f0f0) >>> 4)) !== 0x33333333) break;
            const high = (word & 15) * 10 + ((word >> 8) & 15);
            value = value * 10_000 + high * 100 + ((word >> 16) & 15) * 10 + ((word >> 24) & 15);
            end += 4;
          }
          for (c = bytes[end]!; (c - 0x30) >>> 0 < 10; c = bytes[end]!) {
            value = value * 10 + c - 0x30;
            end += 1;
          }
          if (end === start) break;
          if (role >= 0) {
            kind[role] = json.number;
            whole[role] = value;
            from[role] = start;
            to[role] = end;
          }
        }
        c = bytes[end]!;
        if (c === 0x7d && depth === 0) return -1 - (end + 1);
        if (c !== 0x2c) break;
        end += 1;
      }
      if (bytes[end] !== 0x22) break;
      previous = key;
      p = end;
    }
    this.previous = previous;
    return p;
  }

  /**
   * Reads the pair at `at`, whatever it is, and what closes behind it.
   * @returns the position of the next pair; 0 when the object ended at `end`; -1 on failure
   */
  private readPair(bytes: Uint8Array, view: DataView, at: number): number {
    const { kind, from, to, whole, keys, stack, level } = this;
    const guess = keys[this.previous << 3]!;
    if (keys[(guess << 3) + 3] !== 0) this.distrust(guess);
    const key = this.lookUpKey(bytes, view, at, level);
    if (key < 0) return this.fail("bad_key", at);
    // The unlearnt key stands for keys of any level: what follows it can be anything.
    if (this.previous !== unlearntKey) this.follow(this.previous, key);
    let p = skipBlank(bytes, this.keyEnd);
    if (bytes[p] !== 0x3a) return this.fail("bad_separator", p);
    p = skipBlank(bytes, p + 1);
    this.previous = key;
    const role = keys[(key << 3) + 2]!;

    const c = bytes[p]!;
    if (c === 0x7b && role < unwanted) {
      if (this.depth === maxJsonDepth - 1) return this.fail("too_deep", p);
      stack[this.depth] = key;
      this.depth += 1;
      this.level = -role;
      this.previous = -role;
      this.forget(-role);
      p = skipBlank(bytes, p + 1);
      if (bytes[p] !== 0x7d) return p;
    } else {
      const start = p;
      p = this.skipValue(bytes, view, p);
      if (p < 0) return -1;
      if (role >= 0) {
        const found = c === 0x22 && this.hasEscape ? json.escaped : kindOfValue(c);
        kind[role] = found;
        from[role] = c === 0x22 ? start + 1 : start;
        to[role] = c === 0x22 ? p - 1 : p;
        if (found === json.number) whole[role] = readDigits(bytes, start, p);
      }
      // A wanted level that turns out to be something else replaces what an earlier duplicate brought.
      if (role < unwanted) this.forget(-role);
    }
    return this.readSeparator(bytes, view, at, p, key);
  }

  /** The comma, or the ends of as many objects as end here. */
  private readSeparator(bytes: Uint8Array, view: DataView, pair: number, at: number, key: number): number {
    let p = at;
    for (;;) {
      p = skipBlank(bytes, p);
      if (bytes[p] !== 0x7d) break;
      p += 1;
      if (this.depth === 0) {
        this.end = p;
        return 0;
      }
      this.depth -= 1;
      this.previous = this.stack[this.depth]!;
      this.level = this.keyLevel[this.previous]!;
    }
    if (bytes[p] !== 0x2c) return this.fail("bad_separator", p);
    p += 1;
    if (this.isLearning && this.previous === key) this.learnPair(view, key, pair, p);
    return skipBlank(bytes, p);
  }

  /** Remembers the pair in bytes[at, end), comma included; what comes twice is expected from then on. */
  private learnPair(view: DataView, key: number, at: number, end: number): void {
    const length = end - at;
    this.keys[8 * key + 3] = 0;
    const role = this.keys[8 * key + 2]!;
    if (length < 8 || length > longestInWords || role < unwanted || key === unlearntKey) return;
    if (this.seenLength[key] !== length || !areWordsAt(view, at, this.usual, key << 3, length)) {
      this.seenLength[key] = length;
      copyWords(view, at, this.usual, key << 3, length);
      return;
    }
    if (role >= 0) {
      if (this.kind[role] === json.escaped) return; // escapes are resolved in place, the bytes will not stay
      this.usualValue[4 * key] = this.kind[role]!;
      this.usualValue[4 * key + 1] = this.from[role]! - at;
      this.usualValue[4 * key + 2] = this.to[role]! - at;
      this.usualWhole[key] = this.whole[role]!;
    }
    this.keys[8 * key + 3] = length;
    this.trust[key] = trustInUsual;
  }

  private follow(previous: number, key: number): void {
    const cell = 8 * previous;
    if (this.keys[cell] === key) return;
    this.keys[cell + 4] = this.keys[cell]!;
    this.keys[cell] = key;
  }

  private distrust(key: number): void {
    this.trust[key] = this.trust[key]! - 1;
    if (this.trust[key] <= 0) this.keys[8 * key + 3] = 0;
  }

  private fail(error: JsonError, at: number): -1 {
    this.error = error;
    this.errorAt = at;
    return -1;
  }

  private forget(level: number): void {
    const slots = this.slotsBelow[level]!;
    for (let i = 0; i < slots.length; i += 1) this.kind[slots[i]!] = json.absent;
  }

  /** The key whose opening quote is at `p`, learnt when new; `keyEnd` is then behind its closing quote. */
  private lookUpKey(bytes: Uint8Array, view: DataView, p: number, level: number): number {
    if (bytes[p] !== 0x22) return -1;
    const end = this.skipString(bytes, view, p);
    if (end < 0) return -1;
    this.keyEnd = end;
    if (this.hasEscape) return this.lookUpEscapedKey(bytes, p, end, level);
    return this.findKey(bytes, view, p, end, level) || this.addKey(level, bytes.slice(p, end));
  }

  private findKey(bytes: Uint8Array, view: DataView, from: number, to: number, level: number): number {
    const { table, keyLength, keyLevel } = this;
    const length = to - from;
    for (let at = hashKey(view, from, length, level); ; at = (at + 1) & (tableSize - 1)) {
      const key = table[at]!;
      if (key === 0) return 0;
      if (keyLength[key] === length && keyLevel[key] === level && this.isKey(key, bytes, view, from, length))
        return key;
    }
  }

  private isKey(key: number, bytes: Uint8Array, view: DataView, from: number, length: number): boolean {
    // With its colon a key fits the words of its literal; the last eight bytes of those overlap the colon.
    const literalLength = this.keys[8 * key + 1]!;
    if (literalLength !== 0 && bytes[from + length] === 0x3a) {
      return areWordsAt(view, from, this.literal, key << 3, literalLength);
    }
    const known = this.keyBytes[key]!;
    let i = length - 2;
    while (i > 0 && known[i] === bytes[from + i]) i -= 1;
    return i === 0;
  }

  private lookUpEscapedKey(bytes: Uint8Array, from: number, to: number, level: number): number {
    const copy = new Uint8Array(to - from + scanPadding);
    copy.set(bytes.subarray(from, to));
    const end = unescapeJson(copy, 1, to - from - 1);
    if (end < 0) return -1;
    copy[end] = 0x22;
    return this.findKey(copy, new DataView(copy.buffer), 0, end + 1, level) || unlearntKey;
  }

  /** Behind the closing quote of the string that opens at `p`, or -1. */
  private skipString(bytes: Uint8Array, view: DataView, p: number): number {
    this.hasEscape = false;
    p += 1;
    for (;;) {
      const word = view.getInt32(p, true);
      const flipped = word ^ 0x02020202;
      const slashes = word ^ 0x5c5c5c5c;
      const hit = (((flipped - 0x21212121) & ~flipped) | ((slashes - 0x01010101) & ~slashes)) & 0x80808080;
      if (hit === 0) {
        p += 4;
        continue;
      }
      p += (31 - Math.clz32(hit & -hit)) >>> 3;
      const c = bytes[p]!;
      if (c === 0x22) return p + 1;
      if (c !== 0x5c || bytes[p + 1]! < 0x20) return this.fail("bad_string", p);
      this.hasEscape = true;
      p += 2;
    }
  }

  /** Behind a value of any kind, or -1. */
  private skipValue(bytes: Uint8Array, view: DataView, p: number): number {
    const c = bytes[p]!;
    if (c === 0x22) return this.skipString(bytes, view, p);
    if (c === 0x5b || c === 0x7b) return this.skipNested(bytes, view, p);
    if ((c - 0x30) >>> 0 < 10) return skipNumber(bytes, p);
    if (c === 0x2d && (bytes[p + 1]! - 0x30) >>> 0 < 10) return skipNumber(bytes, p + 1);
    for (const word of literals) {
      if (c !== word[0]) continue;
      for (let i = 1; i < word.length; i += 1) if (bytes[p + i] !== word[i]) return this.fail("bad_value", p);
      return p + word.length;
    }
    return this.fail("bad_value", p);
  }

  /** Brackets must pair up; what stands between them is only told apart from strings. */
  private skipNested(bytes: Uint8Array, view: DataView, at: number): number {
    const { stack, depth: outerDepth } = this;
    let p = at;
    let depth = outerDepth;
    for (;;) {
      const c = bytes[p]!;
      if (c === 0x22) {
        // Most strings in lists are short: words would not pay.
        let q = p + 1;
        while (bytes[q] !== 0x22 && bytes[q] !== 0x5c && bytes[q]! >= 0x20) q += 1;
        p = bytes[q] === 0x22 ? q + 1 : this.skipString(bytes, view, p);
        if (p < 0) return -1;
        continue;
      }
      if (c === 0x5b || c === 0x7b) {
        if (depth === maxJsonDepth - 1) return this.fail("too_deep", p);
        stack[depth] = c + 2; // `]` and `}` follow their openers by two
        depth += 1;
      } else if (c === 0x5d || c === 0x7d) {
        depth -= 1;
        if (stack[depth] !== c) return this.fail("bad_value", p);
        if (depth === outerDepth) return p + 1;
      } else if (c < 0x20 && c !== 0x09 && c !== 0x0d) {
        return this.fail("bad_value", p);
      }
      p += 1;
    }
  }

  /** The text of a slot that holds a string, for words that are not needed per record. */
  text(bytes: Uint8Array, slot: number): string {
    return utf8Text(bytes, this.from[slot]!, this.to[slot]!);
  }
}

const literals: readonly Uint8Array[] = ["true", "false", "null"].map(utf8Bytes);

/** Of a value by its first byte; a string may still turn out to have escapes. */
function kindOfValue(first: number): number {
  switch (first) {
    case 0x22:
      return json.string;
    case 0x7b:
      return json.object;
    case 0x5b:
      return json.array;
    case 0x74:
      return json.true;
    case 0x66:
      return json.false;
    case 0x6e:
      return json.null;
    default:
      return json.number;
  }
}

/** The value of digits only, else -1. */
function readDigits(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let p = from; p < to; p += 1) {
    const digit = bytes[p]! - 0x30;
    if (digit >>> 0 > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Blank inside a record: a line feed is the record's end and stays. */
function skipBlank(bytes: Uint8Array, p: number): number {
  while (bytes[p] === 0x20 || bytes[p] === 0x09 || bytes[p] === 0x0d) p += 1;
  return p;
}

/** Leniently: whatever can stand in a number. */
function skipNumber(bytes: Uint8Array, p: number): number {
  for (;;) {
    const c = bytes[p]!;
    if ((c - 0x30) >>> 0 >= 10 && c !== 0x2e && c !== 0x2b && c !== 0x2d && (c | 0x20) !== 0x65) return p;
    p += 1;
  }
}

/** Of the key's bytes with both quotes: its length, its first and its last bytes tell real keys apart. */
function hashKey(view: DataView, from: number, length: number, level: number): number {
  let first = view.getInt32(from + 1, true);
  let last = 0;
  if (length >= 6) last = view.getInt32(from + length - 5, true);
  else first &= ~(-1 << (8 * (length - 2))) | 0; // what follows a short key is no part of it
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(last ^ Math.imul(length, 0x85ebca6b), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15) ^ level, 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) & (tableSize - 1);
}
