import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import { pause } from "../../app/live/back-off.ts";
import type { SourceHands } from "../../app/live/live-source.ts";
import { CaptureReading } from "./capture-reading.ts";
import type { CaptureOptions } from "./options.ts";

const chunkBytes = 256 << 10;
/** Of the beginning of a file: enough that the time of its first packets is among them. */
const headBytes = 4096;
/** How often a file that is followed is looked at for more. */
const lookMs = 250;

/**
 * Reads a capture file, and goes on with what is written to it, or with the file that takes its place, when it is followed.
 * Positions are places in a file; after a restart the file is read again up to there without telling anything, so that
 * connections under way are known and not counted twice.
 */
export async function readCaptureFile(
  options: CaptureOptions,
  hands: SourceHands,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<void> {
  for (let resumeFrom = hands.resumeFrom; !signal.aborted; resumeFrom = undefined) {
    const file = await openWhenThere(options, hands, signal);
    if (file === undefined) return;
    try {
      const one = new CaptureFile(options, file, hands, nowMs);
      if (!(await one.read(resumeFrom, signal)) && !options.follow) {
        throw new Error(one.brokenText);
      }
    } finally {
      await file.close();
    }
    if (!options.follow) return;
  }
}

async function openWhenThere(
  { path, follow }: CaptureOptions,
  hands: SourceHands,
  signal: AbortSignal,
): Promise<FileHandle | undefined> {
  while (!signal.aborted) {
    try {
      const file = await open(path, "r");
      if (!(await file.stat()).isDirectory()) return file;
      await file.close();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      const message = `\`${path}\` cannot be opened (${code || "unknown reason"})`;
      if (!follow) throw new Error(`${message}, check the path`, { cause: error });
      hands.state("retrying", `${message}, waiting for it`);
      await pause(lookMs, signal);
      continue;
    }
    throw new Error(`\`${path}\` is a folder; name a capture in it`);
  }
  return undefined;
}

/** One file behind the path, from its beginning to its end. */
class CaptureFile {
  private readonly path: string;
  private readonly isFollowed: boolean;
  private readonly file: FileHandle;
  private readonly hands: SourceHands;
  private readonly reading: CaptureReading;
  /** Why it could not be read to its end, for people. */
  brokenText = "";
  /** Device and number; a file that is written anew, or after another was deleted, can have both of the old one. */
  private identity = "";
  private head = Buffer.alloc(0);
  private offset = 0;
  private reachedAt = -1;

  constructor({ path, follow }: CaptureOptions, file: FileHandle, hands: SourceHands, nowMs: () => number) {
    this.path = path;
    this.isFollowed = follow;
    this.file = file;
    this.hands = hands;
    this.reading = new CaptureReading(hands, nowMs);
  }

  /** @returns false when it could not be read to its end */
  async read(resumeFrom: string | undefined, signal: AbortSignal): Promise<boolean> {
    const { dev, ino, size } = await this.file.stat();
    this.identity = `${dev}:${ino}`;
    const [identity, place, isEnded] = resumeFrom?.split(" ") ?? [];
    const taken = Number(place);
    await this.readHead();
    const isPlace = Number.isSafeInteger(taken) && taken >= 0 && taken <= size;
    if (isPlace && this.positionAt(taken) === `${identity} ${place}`) {
      if (isEnded !== undefined && !this.isFollowed) return true;
      this.reading.resumeAt(taken);
    }
    this.hands.state("running");
    const isWhole = await this.readAll(signal);
    if (signal.aborted) {
      // What is open is not over: a later life goes on here.
      this.reading.tell();
      this.tellPosition();
      return true;
    }
    this.reading.finish();
    if (isWhole) this.hands.reached(`${this.positionAt(this.offset)} ended`);
    return isWhole;
  }

  private async readHead(): Promise<void> {
    const head = Buffer.alloc(headBytes);
    const { bytesRead } = await this.file.read(head, 0, headBytes, 0);
    this.head = head.subarray(0, bytesRead);
  }

  private positionAt(place: number): string {
    const head = createHash("sha256").update(this.head.subarray(0, place)).digest("hex").slice(0, 16);
    return `${this.identity}:${head} ${place}`;
  }

  private async readAll(signal: AbortSignal): Promise<boolean> {
    const { isFollowed } = this;
    const buffer = new Uint8Array(chunkBytes);
    let isWhole = true;
    while (!signal.aborted) {
      const { bytesRead } = await this.file.read(buffer, 0, chunkBytes, this.offset);
      if (bytesRead > 0 && isFollowed && (await this.isRewritten())) return isWhole;
      if (this.head.length < Math.min(headBytes, this.offset + bytesRead)) await this.readHead();
      this.offset += bytesRead;
      if (bytesRead > 0 && isWhole) {
        isWhole = this.reading.push(buffer.subarray(0, bytesRead));
        if (!isWhole) this.brokenText = this.reading.brokenText(`\`${this.path}\``);
        if (!isWhole && isFollowed) this.hands.state("retrying", `${this.brokenText}, waiting for another file`);
        this.tellPosition();
        await this.hands.room();
      } else if (!isFollowed || (bytesRead === 0 && (await this.isReplaced()))) {
        return isWhole;
      } else {
        if (isWhole && this.reading.isDue) this.reading.tell();
        this.tellPosition();
        await pause(lookMs, signal);
      }
    }
    return isWhole;
  }

  /** A position holds once everything before it has been told of. */
  private tellPosition(): void {
    const { toldTo } = this.reading;
    if (toldTo <= this.reachedAt) return;
    this.reachedAt = toldTo;
    this.hands.reached(this.positionAt(toldTo));
  }

  /** Whether the file begins otherwise than it did: `tcpdump -G` and `-W` write theirs anew, and may be ahead of us by then. */
  private async isRewritten(): Promise<boolean> {
    const head = Buffer.alloc(this.head.length);
    const { bytesRead } = await this.file.read(head, 0, head.length, 0);
    return !head.subarray(0, bytesRead).equals(this.head);
  }

  /** Whether another file has the path now, or this one begins anew. */
  private async isReplaced(): Promise<boolean> {
    try {
      const { dev, ino, size } = await stat(this.path);
      return `${dev}:${ino}` !== this.identity || size < this.offset;
    } catch {
      // Moved away, and the next one is not there yet: more may still be written to this one.
      return false;
    }
  }
}
