import { type FileHandle, open } from "node:fs/promises";
import type { SourceHands } from "../../app/live/live-source.ts";
import { LineSplitter } from "../../pipeline/sources/line-splitter.ts";
import { maxRecordBytes, recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import type { RecordFeeder } from "../../pipeline/sources/record-feeder.ts";
import { type FileMark, hashHead, longestHead } from "./file-mark.ts";
import { quietBorder } from "./quiet-border.ts";

const chunkBytes = 64 << 10;
/** In one go, before others have their turn. */
const stepBytes = 1 << 20;

/** What the files of one log share. */
export interface FollowedLog {
  /** Gets the lines of all: those of one packet may stand at the end of one file and at the beginning of the next. */
  readonly feeder: RecordFeeder;
  readonly hands: SourceHands;
  readonly nowMs: () => number;
  /** Asked when a file was emptied or is another: whether what was left of it is read from a copy. */
  readonly emptied: (mark: FileMark) => Promise<boolean>;
}

/** One file that is followed, by its open handle: renaming or deleting it does not disturb. */
export class FollowedFile {
  readonly key: string;
  /** When it was last seen to have grown. */
  grewAtMs: number;
  private readonly device: string;
  private readonly inode: string;
  private readonly handle: FileHandle;
  private readonly log: FollowedLog;
  private readonly lines: LineSplitter;
  private readonly chunk = new Uint8Array(chunkBytes);
  private head = new Uint8Array(0);
  private offset = 0;

  private constructor(handle: FileHandle, device: string, inode: string, log: FollowedLog) {
    this.key = `${device}:${inode}`;
    this.device = device;
    this.inode = inode;
    this.handle = handle;
    this.log = log;
    this.grewAtMs = log.nowMs();
    this.lines = new LineSplitter(
      maxRecordBytes,
      (line) => log.feeder.add(line),
      (line) => log.hands.malformed(recordErrorText.too_long, line),
    );
  }

  /**
   * Opens a file and goes on from its mark, if it is still the file that was marked; else `emptied` is asked. Throws the
   * system's errors.
   */
  static async open(path: string, from: FileMark | "start" | "end", log: FollowedLog): Promise<FollowedFile> {
    const handle = await open(path, "r");
    try {
      const { dev, ino, size } = await handle.stat({ bigint: true });
      const file = new FollowedFile(handle, String(dev), String(ino), log);
      await file.beginAt(from, Number(size));
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private async beginAt(from: FileMark | "start" | "end", size: number): Promise<void> {
    if (from === "start" || from === "end") {
      if (from === "end") this.offset = size;
      this.head = await this.readHead(Math.min(size, longestHead));
      return;
    }
    this.head = await this.readHead(from.headBytes);
    const isSame = this.head.length === from.headBytes && hashHead(this.head) === from.headHash;
    if (isSame && size >= from.offset) this.offset = from.offset;
    else {
      // Emptied, or another file with the same inode: what came between is not known.
      this.head = new Uint8Array(0);
      if (!(await this.log.emptied(from))) this.log.hands.outage();
    }
  }

  /** Reads what is new, at most a step. @returns how many bytes, and whether there is more */
  async read(): Promise<{ readonly bytes: number; readonly isBehind: boolean }> {
    const { size } = await this.handle.stat();
    if (size < this.offset || !(await this.beginsAsBefore(size))) {
      // A copy of what was before comes first.
      if (await this.startOver()) return { bytes: 0, isBehind: true };
    }
    let bytes = 0;
    while (this.offset < size && bytes < stepBytes) {
      const { bytesRead } = await this.handle.read(this.chunk, 0, chunkBytes, this.offset);
      if (bytesRead === 0) break;
      // The last chunk of a step ends where no packet's lines are torn apart.
      const isLast = bytes + bytesRead >= stepBytes && this.offset + bytesRead < size;
      const taken = isLast ? quietBorder(this.chunk.subarray(0, bytesRead)) : bytesRead;
      this.lines.push(this.chunk.subarray(0, taken));
      this.offset += taken;
      bytes += taken;
      if (isLast) break;
    }
    // The file that comes next may be what this one was rotated for.
    this.log.feeder.flush();
    if (bytes > 0) {
      this.grewAtMs = this.log.nowMs();
      this.log.hands.received(bytes);
    }
    return { bytes, isBehind: this.offset < size };
  }

  /** The file grows no more: a last line without an end counts. */
  async finish(): Promise<void> {
    this.lines.flush();
    this.log.feeder.flush();
    await this.close();
  }

  mark(): FileMark {
    return {
      device: this.device,
      inode: this.inode,
      offset: this.offset - this.lines.heldBytes,
      headBytes: this.head.length,
      headHash: hashHead(this.head),
    };
  }

  /** Where it will have been read to; undefined when it was emptied since, or is another file. */
  async end(): Promise<FileMark | undefined> {
    const { size } = await this.handle.stat();
    const isSame = size >= this.offset && (await this.beginsAsBefore(size));
    return isSame ? { ...this.mark(), offset: size } : undefined;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** A file that was emptied and has grown to our place or beyond since is told by its beginning. */
  private async beginsAsBefore(size: number): Promise<boolean> {
    const head = await this.readHead(Math.min(size, longestHead));
    const isSame = head.length >= this.head.length && this.head.every((byte, i) => head[i] === byte);
    if (isSame) this.head = head;
    return isSame;
  }

  /**
   * Emptied under our eyes, as `copytruncate` does: without the copy, what was written last before may be missing.
   * @returns whether there is a copy
   */
  private async startOver(): Promise<boolean> {
    const { emptied, feeder, hands } = this.log;
    const isCopied = await emptied(this.mark());
    if (isCopied) this.lines.forget();
    else {
      this.lines.flush();
      hands.outage();
    }
    feeder.flush();
    this.offset = 0;
    this.head = new Uint8Array(0);
    return isCopied;
  }

  private async readHead(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const head = new Uint8Array(length);
    const { bytesRead } = await this.handle.read(head, 0, length, 0);
    return head.subarray(0, bytesRead);
  }
}
