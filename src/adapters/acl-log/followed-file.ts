import { type FileHandle, open } from "node:fs/promises";
import type { SourceHands } from "../../app/live/live-source.ts";
import { LineSplitter } from "../../pipeline/sources/line-splitter.ts";
import { AclLogDecoder } from "../../pipeline/sources/ovn-acl/decode.ts";
import { maxRecordBytes, recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import { RecordFeeder } from "../../pipeline/sources/record-feeder.ts";
import { type FileMark, hashHead, longestHead } from "./file-mark.ts";

const chunkBytes = 64 << 10;
/** In one go, before others have their turn. */
const stepBytes = 1 << 20;

/** One file that is followed, by its open handle: renaming or deleting it does not disturb. */
export class FollowedFile {
  readonly key: string;
  /** When it was last seen to have grown. */
  grewAtMs: number;
  private readonly device: string;
  private readonly inode: string;
  private readonly handle: FileHandle;
  private readonly hands: SourceHands;
  private readonly decoder: AclLogDecoder;
  private readonly feeder: RecordFeeder;
  private readonly lines: LineSplitter;
  private readonly chunk = new Uint8Array(chunkBytes);
  private head = new Uint8Array(0);
  private offset = 0;

  private constructor(handle: FileHandle, device: string, inode: string, hands: SourceHands, nowMs: number) {
    this.key = `${device}:${inode}`;
    this.device = device;
    this.inode = inode;
    this.handle = handle;
    this.hands = hands;
    this.grewAtMs = nowMs;
    this.decoder = new AclLogDecoder(hands.take);
    this.feeder = new RecordFeeder(this.decoder, (error, sample) => hands.malformed(recordErrorText[error], sample));
    this.lines = new LineSplitter(
      maxRecordBytes,
      (line) => this.feeder.add(line),
      (line) => hands.malformed(recordErrorText.too_long, line),
    );
  }

  /** Opens a file and goes on from its mark, if it is still the file that was marked. Throws the system's errors. */
  static async open(
    path: string,
    mark: FileMark | undefined,
    begin: "start" | "end",
    hands: SourceHands,
    nowMs: number,
  ): Promise<FollowedFile> {
    const handle = await open(path, "r");
    const { dev, ino, size } = await handle.stat({ bigint: true });
    const file = new FollowedFile(handle, String(dev), String(ino), hands, nowMs);
    if (mark === undefined) {
      if (begin === "end") file.offset = Number(size);
      return file;
    }
    file.head = await file.readHead(mark.headBytes);
    const isSame = file.head.length === mark.headBytes && hashHead(file.head) === mark.headHash;
    if (isSame && Number(size) >= mark.offset) file.offset = mark.offset;
    else {
      // Emptied, or another file with the same inode: what came between is not known.
      file.head = new Uint8Array(0);
      hands.outage();
    }
    return file;
  }

  /** Reads what is new, at most a step. @returns how many bytes, and whether there is more */
  async read(nowMs: number): Promise<{ readonly bytes: number; readonly isBehind: boolean }> {
    const { size } = await this.handle.stat();
    if (size < this.offset || !(await this.beginsAsBefore(size))) this.startOver();
    let bytes = 0;
    while (this.offset < size && bytes < stepBytes) {
      const { bytesRead } = await this.handle.read(this.chunk, 0, chunkBytes, this.offset);
      if (bytesRead === 0) break;
      this.lines.push(this.chunk.subarray(0, bytesRead));
      this.offset += bytesRead;
      bytes += bytesRead;
    }
    if (bytes > 0) {
      this.grewAtMs = nowMs;
      this.hands.received(bytes);
    }
    return { bytes, isBehind: this.offset < size };
  }

  /** Hands over what was held back for lines of the same packet. */
  settle(): void {
    this.feeder.flush();
    this.decoder.flush();
  }

  /** The file grows no more: a last line without an end counts. */
  async finish(): Promise<void> {
    this.lines.flush();
    this.settle();
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

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** A file that was emptied and has grown beyond our place since is told by its beginning. */
  private async beginsAsBefore(size: number): Promise<boolean> {
    if (this.head.length === longestHead && size === this.offset) return true;
    const head = await this.readHead(Math.min(size, longestHead));
    const isSame = head.length >= this.head.length && this.head.every((byte, i) => head[i] === byte);
    if (isSame) this.head = head;
    return isSame;
  }

  /** Emptied under our eyes, as `copytruncate` does: what was written last before may be missing. */
  private startOver(): void {
    this.lines.flush();
    this.settle();
    this.hands.outage();
    this.offset = 0;
    this.head = new Uint8Array(0);
  }

  private async readHead(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const head = new Uint8Array(length);
    const { bytesRead } = await this.handle.read(head, 0, length, 0);
    return head.subarray(0, bytesRead);
  }
}
