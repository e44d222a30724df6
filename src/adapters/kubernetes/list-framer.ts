import { GatheredBytes } from "./gathered-bytes.ts";
import { BrokenStream } from "./refusal.ts";

/** etcd takes objects of about 1.5 MiB; no answer of an API server has larger ones. */
export const largestObjectBytes = 8 << 20;
const largestEnvelopeBytes = 1 << 20;

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Takes a Kubernetes list apart while it arrives: each item by itself, so that a page of 500 pods never is in memory as
 * a whole. What is left, the list without its items, is the envelope. Splits of chunks may fall anywhere.
 */
export class ListFramer {
  private readonly takeItem: (item: Buffer) => void;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  private isInItems = false;
  /** The last string at depth 1, as far as it could be `items`. */
  private word = "";
  private isInItem = false;
  private readonly item = new GatheredBytes();
  private readonly envelope = new GatheredBytes();

  /** @param takeItem gets bytes that are its own until it returns */
  constructor(takeItem: (item: Buffer) => void) {
    this.takeItem = takeItem;
  }

  /** @throws {BrokenStream} when an object is larger than any real one */
  push(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (this.isInString) {
        if (this.isEscaped) this.isEscaped = false;
        else if (byte === backslash) this.isEscaped = true;
        else if (byte === quote) this.isInString = false;
        else if (this.depth === 1 && this.word.length < 8) this.word += String.fromCharCode(byte);
      } else if (byte === quote) {
        this.isInString = true;
        if (this.depth === 1) this.word = "";
      } else if (byte === openBrace || byte === openBracket) {
        if (this.isInItems && this.depth === 2 && byte === openBrace) {
          this.keepEnvelope(chunk.subarray(from, at));
          from = at;
          this.isInItem = true;
        } else if (this.depth === 1 && byte === openBracket) this.isInItems = this.word === "items";
        this.depth += 1;
      } else if (byte === closeBrace || byte === closeBracket) {
        this.depth -= 1;
        if (this.isInItem && this.depth === 2) {
          this.endItem(chunk.subarray(from, at + 1));
          from = at + 1;
        } else if (this.depth === 1) this.isInItems = false;
      }
    }
    // The chunk's memory may be used again by who gave it.
    if (this.isInItem) this.keepItem(chunk.subarray(from));
    else this.keepEnvelope(chunk.subarray(from));
  }

  /** The list without its items. @throws {SyntaxError} when the answer is cut off or no JSON */
  finish(): unknown {
    // Commas between items are left over.
    const text = this.envelope.take().toString("utf8");
    return JSON.parse(text.replaceAll(/("items"\s*:\s*\[)[\s,]*\]/g, "$1]"));
  }

  private endItem(last: Buffer): void {
    this.isInItem = false;
    if (this.item.length === 0) this.takeItem(last);
    else {
      this.keepItem(last);
      this.takeItem(this.item.take());
    }
  }

  private keepItem(bytes: Buffer): void {
    if (this.item.length + bytes.length > largestObjectBytes)
      throw new BrokenStream("an object in the list is larger than 8 MiB");
    this.item.add(bytes);
  }

  private keepEnvelope(bytes: Buffer): void {
    if (this.envelope.length + bytes.length > largestEnvelopeBytes)
      throw new BrokenStream("the answer is larger than any list is without its items");
    this.envelope.add(bytes);
  }
}

/** Cuts a watch into its lines. */
export class LineFramer {
  private readonly takeLine: (line: Buffer) => void;
  private readonly rest = new GatheredBytes();

  /** @param takeLine gets bytes that are its own until it returns */
  constructor(takeLine: (line: Buffer) => void) {
    this.takeLine = takeLine;
  }

  /** @throws {BrokenStream} when a line is longer than any real one */
  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      const part = chunk.subarray(from, end);
      from = end + 1;
      if (this.rest.length > 0) {
        this.keep(part);
        this.takeLine(this.rest.take());
      } else if (part.length > 0) this.takeLine(part);
    }
    if (from < chunk.length) this.keep(chunk.subarray(from));
  }

  private keep(bytes: Buffer): void {
    if (this.rest.length + bytes.length > largestObjectBytes)
      throw new BrokenStream("an event of the watch is larger than 8 MiB");
    this.rest.add(bytes);
  }
}
