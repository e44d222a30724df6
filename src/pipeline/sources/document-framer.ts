import { unescapeJson } from "./json-unescape.ts";
import { utf8Bytes } from "./text-bytes.ts";

/** A record of a document may be pretty-printed and full of escapes, but not this long: 64 MiB. */
export const maxDocumentRecordBytes = 64 << 20;

export type FramerError = "record_too_long" | "not_json" | "nested_too_deep";

/** What a container is to the framer. */
type Role =
  | "list" // the document's top list: its objects are records
  | "answer" // `{"status":…,"data":{…}}` of Loki
  | "data"
  | "results" // `result` or `streams`
  | "stream" // one stream: labels and values
  | "values"
  | "entry" // [time, line]
  | "skipped";

const keys = { data: "data", result: "result", streams: "streams", stream: "stream", values: "values" } as const;

/**
 * Turns a JSON document into lines, one record each, as it streams by: a list of objects (`oc netobserv flows`), objects
 * one after the other over several lines, or a Loki `query_range` answer, whose lines are escaped strings and whose
 * stream labels were taken out of them and are put back. Memory is bounded by one record.
 */
export class DocumentFramer {
  error: FramerError | undefined;
  /** Of the Loki line that is being emitted: its time as the answer has it, nanoseconds as text; empty elsewhere. */
  entryTime = "";
  /** How many of its first bytes, behind the brace, are the stream's labels. Their order may change between answers. */
  labelBytes = 0;
  private readonly emitBytes: (bytes: Uint8Array) => void;
  private readonly roles: Role[] = [];
  private record = new Uint8Array(4096);
  private length = 0;
  /** Depth inside the record that is being copied; 0 outside. */
  private depth = 0;
  private isCopying = false;
  private isInString = false;
  private isEscaped = false;
  /** What the copied text is for. */
  private purpose: "record" | "labels" | "line" | "time" | "key" = "record";
  private key = "";
  private entryIndex = 0;
  private labels: Uint8Array = new Uint8Array(0);
  /** A top-level object is a record until a key shows that it is an answer. */
  private mayBeAnswer = false;
  private skipped = 0;

  constructor(emit: (line: Uint8Array) => void) {
    this.emitBytes = emit;
  }

  /** Takes the next bytes of the document. @returns false when the document cannot be read on; see `error` */
  push(bytes: Uint8Array): boolean {
    for (const c of bytes) {
      if (this.error !== undefined) return false;
      if (this.isCopying) this.copy(c);
      else this.structure(c);
    }
    return this.error === undefined;
  }

  /** True when the document ended in the middle of something. */
  finish(): boolean {
    return this.isCopying || this.isInString || this.roles.length > 0;
  }

  private start(purpose: DocumentFramer["purpose"]): void {
    this.purpose = purpose;
    this.isCopying = true;
    this.length = 0;
    this.depth = 0;
  }

  private append(c: number): void {
    if (this.length === this.record.length) {
      if (this.length >= maxDocumentRecordBytes) {
        this.error = "record_too_long";
        return;
      }
      const record = new Uint8Array(2 * this.length);
      record.set(this.record);
      this.record = record;
    }
    // A line feed between tokens is a blank; inside a string it was never legal.
    this.record[this.length] = c === 0x0a ? 0x20 : c;
    this.length += 1;
  }

  private copy(c: number): void {
    this.append(c);
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (c === 0x5c) this.isEscaped = true;
      else if (c === 0x22) {
        this.isInString = false;
        if (this.depth === 0) this.copied();
      }
    } else if (c === 0x22) {
      this.isInString = true;
    } else if (c === 0x7b || c === 0x5b) {
      this.depth += 1;
      if (this.depth > 2 || !this.mayBeAnswer) return;
      if (this.depth === 2) this.enterAnswer(c);
    } else if (c === 0x7d || c === 0x5d) {
      this.depth -= 1;
      if (this.depth === 0) this.copied();
    }
  }

  /** The first nested value of a top-level object: `data` or `streams` make it an answer. */
  private enterAnswer(c: number): void {
    const text = this.lastKey();
    const isData = text === keys.data && c === 0x7b;
    const isStreams = (text === keys.streams || text === keys.result) && c === 0x5b;
    if (!isData && !isStreams) return;
    this.isCopying = false;
    this.mayBeAnswer = false;
    this.roles.push("answer", isData ? "data" : "results");
    this.key = "";
  }

  /** The last string before the present byte, if only a colon stands between. */
  private lastKey(): string {
    let end = this.length - 2;
    while (end >= 0 && this.record[end]! <= 0x20) end -= 1;
    if (this.record[end] !== 0x3a) return "";
    end -= 1;
    while (end >= 0 && this.record[end]! <= 0x20) end -= 1;
    let start = end - 1;
    while (start >= 0 && this.record[start] !== 0x22 && end - start < 16) start -= 1;
    return String.fromCharCode(...this.record.subarray(start + 1, end));
  }

  private copied(): void {
    this.isCopying = false;
    this.mayBeAnswer = false;
    const text = this.record.subarray(0, this.length);
    if (this.purpose === "record") this.emit(text);
    else if (this.purpose === "labels") this.labels = text.slice();
    else if (this.purpose === "line") this.emitLine(text);
    else if (this.purpose === "time")
      this.entryTime = String.fromCharCode(...text.subarray(1, Math.min(text.length - 1, 32)));
    else this.key = String.fromCharCode(...text.subarray(1, Math.min(text.length - 1, 32)));
  }

  private emit(text: Uint8Array): void {
    const line = new Uint8Array(text.length + 1);
    line.set(text);
    line[text.length] = 0x0a;
    this.emitBytes(line);
  }

  /** A Loki line: the string's content, with the stream's labels put before its own fields. */
  private emitLine(quoted: Uint8Array): void {
    const end = unescapeJson(quoted, 1, quoted.length - 1);
    let start = 1;
    while (start < end && quoted[start]! <= 0x20) start += 1;
    const text = quoted.subarray(start, Math.max(start, end));
    for (let i = 0; i < text.length; i += 1) if (text[i] === 0x0a) text[i] = 0x20;
    const labels = this.labels.subarray(1, this.labels.length - 1);
    const hasLabels = labels.some((c) => c > 0x20);
    this.labelBytes = text[0] === 0x7b && hasLabels ? labels.length : 0;
    if (text[0] !== 0x7b || !hasLabels) {
      this.emit(text);
      return;
    }
    const isEmpty = !text.subarray(1, -1).some((c) => c > 0x20);
    const line = new Uint8Array(labels.length + text.length + 1);
    line[0] = 0x7b;
    line.set(labels, 1);
    let at = 1 + labels.length;
    if (!isEmpty) line[at++] = 0x2c;
    line.set(text.subarray(1), at);
    this.emit(line.subarray(0, at + text.length - 1));
  }

  private structure(c: number): void {
    if (c <= 0x20) return;
    const role = this.roles.at(-1);
    if (role === "skipped") {
      this.skip(c);
      return;
    }
    if (c === 0x2c || c === 0x3a || c === 0xef || c === 0xbb || c === 0xbf) {
      if (c === 0x2c && role === "entry") this.entryIndex += 1;
      if (c === 0x2c && role !== "entry") this.key = "";
      return;
    }
    if (c === 0x7d || c === 0x5d) {
      if (role === undefined) this.error = "not_json";
      this.roles.pop();
      this.key = "";
      return;
    }
    if (c === 0x7b) this.open(role);
    else if (c === 0x5b) this.openList(role);
    else if (c === 0x22) this.openString(role);
    else if (role === undefined) this.error = "not_json"; // numbers and words only matter inside
  }

  private open(role: Role | undefined): void {
    if (role === undefined || role === "list") {
      this.mayBeAnswer = role === undefined;
      this.start("record");
    } else if (role === "answer" && this.key === keys.data) {
      this.roles.push("data");
      return;
    } else if (role === "results") {
      this.labels = new Uint8Array(0);
      this.key = "";
      this.roles.push("stream");
      return;
    } else if (role === "stream" && this.key === keys.stream) {
      this.start("labels");
    } else {
      this.startSkipping(0x7b);
      return;
    }
    this.copy(0x7b);
  }

  private openList(role: Role | undefined): void {
    if (role === undefined) this.roles.push("list");
    else if (role === "data" && (this.key === keys.result || this.key === keys.streams)) this.roles.push("results");
    else if (role === "stream" && this.key === keys.values) this.roles.push("values");
    else if (role === "values") {
      this.entryIndex = 0;
      this.entryTime = "";
      this.roles.push("entry");
    } else this.startSkipping(0x5b);
  }

  private openString(role: Role | undefined): void {
    if (role === undefined) {
      this.error = "not_json";
      return;
    }
    const isKey = (role === "answer" || role === "data" || role === "stream") && this.key === "";
    if (isKey) this.start("key");
    else if (role === "entry" && this.entryIndex === 1) this.start("line");
    else if (role === "entry" && this.entryIndex === 0) this.start("time");
    else {
      this.startSkipping(0x22);
      return;
    }
    this.append(0x22);
    this.isInString = true;
  }

  private startSkipping(c: number): void {
    this.roles.push("skipped");
    this.skipped = 0;
    this.skip(c);
  }

  private skip(c: number): void {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (c === 0x5c) this.isEscaped = true;
      else if (c === 0x22) {
        this.isInString = false;
        if (this.skipped === 0) this.roles.pop();
      }
    } else if (c === 0x22) this.isInString = true;
    else if (c === 0x7b || c === 0x5b) this.skipped += 1;
    else if (c === 0x7d || c === 0x5d) {
      this.skipped -= 1;
      if (this.skipped === 0) this.roles.pop();
    }
  }
}

/** For tests and small inputs: the lines of a whole document. */
export function frameDocument(text: string): { lines: string[]; error: FramerError | undefined; isCut: boolean } {
  const lines: string[] = [];
  const framer = new DocumentFramer((line) => lines.push(String.fromCharCode(...line.subarray(0, -1))));
  framer.push(utf8Bytes(text));
  return { lines, error: framer.error, isCut: framer.finish() };
}
