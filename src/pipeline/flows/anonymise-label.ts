import { utf8Bytes, utf8Text } from "../sources/text-bytes.ts";

/** A keyed function of bytes to 32 bytes that nobody can tell from chance without the key. */
export type KeyedHash = (bytes: Uint8Array) => Uint8Array;

/**
 * A token is `zp` or `zr` and digits of base 32: a label again, which begins with a letter. `zp` holds lower-case names three
 * characters in two bytes, so that 54 characters still fit into a label of 63; `zr` holds any text.
 */
const packed = "zp";
const raw = "zr";
/** Of texts too long for any field: told apart, but not to be revealed. */
const digest = "zd";
const digits = "0123456789abcdefghijklmnopqrstuv";
const alphabet = "\0abcdefghijklmnopqrstuvwxyz0123456789-_.";
const packable = /^[-a-z0-9_.]+$/;
/** Behind the text: what proves, when it is revealed, that this was a token and the key is the right one. */
const zeros = 2;
/** Shorter texts are filled up: of four letters there are too few to hide anything. */
const leastBytes = 8;
const rounds = 8;
const longestField = 253;
const maxRemembered = 20_000;

/** What a token looks like, anywhere in a text. */
export const tokenPattern = /(?<![a-z0-9])z[pr][0-9a-v]{13,}(?![a-z0-9])/g;

/** Replaces names by tokens: the same text always by the same one, and back with the key alone. */
export class LabelMask {
  private readonly hash: KeyedHash;
  private readonly remembered = new Map<string, string>();

  constructor(hash: KeyedHash) {
    this.hash = hash;
  }

  /** One text as one token, however many dots it has: namespaces, workloads. Empty stays empty. */
  hide(text: string): string {
    if (text === "") return "";
    const known = this.remembered.get(text);
    if (known !== undefined) return known;
    const token = this.tokenOf(text);
    const fitting = token.length <= longestField ? token : this.digestOf(text);
    if (this.remembered.size >= maxRemembered) this.remembered.clear();
    this.remembered.set(text, fitting);
    return fitting;
  }

  /**
   * A DNS name label by label, so that names below one domain still lie below one domain. Where tokens would grow beyond
   * what a name may be, the labels in front become one that cannot be revealed.
   */
  hideName(name: string): string {
    const labels = name.split(".").map((label) => (label === "*" ? label : this.hide(label)));
    const whole = labels.join(".");
    if (whole.length <= longestField) return whole;
    const front = this.digestOf(name);
    let rest = "";
    for (const label of labels.toReversed()) {
      if (front.length + 1 + label.length + rest.length > longestField) break;
      rest = `.${label}${rest}`;
    }
    return front + rest;
  }

  /** The text of a token; undefined when it is none, or another key made it. */
  reveal(token: string): string | undefined {
    const form = token.slice(0, 2);
    const bytes = form === packed || form === raw ? bytesOfDigits(token.slice(2)) : undefined;
    if (bytes === undefined || bytes.length < leastBytes) return undefined;
    this.mix(bytes, true);
    const text = form === packed ? unpack(bytes) : textBefore(bytes);
    return text !== "" && this.tokenOf(text) === token ? text : undefined;
  }

  private tokenOf(text: string): string {
    const isPackable = packable.test(text);
    const own = isPackable ? pack(text) : utf8Bytes(text);
    const bytes = new Uint8Array(Math.max(leastBytes, own.length + zeros));
    bytes.set(own);
    this.mix(bytes, false);
    return (isPackable ? packed : raw) + digitsOf(bytes);
  }

  private digestOf(text: string): string {
    return digest + digitsOf(this.hash(utf8Bytes(`whole\0${text}`)).subarray(0, 15));
  }

  /**
   * A Feistel network over the two halves: eight rounds in which each half is hidden by the hash of the other. Every bit of
   * a token depends on every bit of its text.
   */
  private mix(bytes: Uint8Array, isBack: boolean): void {
    const middle = bytes.length >> 1;
    for (let i = 0; i < rounds; i += 1) {
      const round = isBack ? rounds - 1 - i : i;
      const [target, other] =
        round % 2 === 0
          ? [bytes.subarray(0, middle), bytes.subarray(middle)]
          : [bytes.subarray(middle), bytes.subarray(0, middle)];
      this.hideBy(target, other, round);
    }
  }

  private hideBy(target: Uint8Array, other: Uint8Array, round: number): void {
    const input = new Uint8Array(4 + other.length);
    input[0] = round;
    input[1] = target.length;
    input.set(other, 4);
    for (let from = 0; from < target.length; from += 32) {
      input[2] = from >> 5;
      const hidden = this.hash(input);
      for (let i = from; i < Math.min(target.length, from + 32); i += 1) target[i]! ^= hidden[i - from]!;
    }
  }
}

/** Three characters of forty in two bytes. */
function pack(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * Math.ceil(text.length / 3));
  for (let i = 0; i < text.length; i += 3) {
    const code = (at: number): number => (at < text.length ? alphabet.indexOf(text[at]!) : 0);
    const word = 1600 * code(i) + 40 * code(i + 1) + code(i + 2);
    bytes[(2 * i) / 3] = word >> 8;
    bytes[(2 * i) / 3 + 1] = word & 0xff;
  }
  return bytes;
}

function unpack(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const word = 256 * bytes[at]! + bytes[at + 1]!;
    if (word >= 64_000) return "";
    text += alphabet[Math.floor(word / 1600)]! + alphabet[Math.floor(word / 40) % 40]! + alphabet[word % 40]!;
  }
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function textBefore(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return end < 0 ? "" : utf8Text(bytes, 0, end);
}

function digitsOf(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += digits[(held >> (bits - 5)) & 31]!;
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + digits[(held << (5 - bits)) & 31]!;
}

function bytesOfDigits(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array((5 * text.length) >> 3);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const digit of text) {
    const value = digits.indexOf(digit);
    if (value < 0) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bytes[at] = (held >> (bits - 8)) & 0xff;
      at += 1;
      bits -= 8;
    }
    held &= (1 << bits) - 1;
  }
  return bytes;
}
