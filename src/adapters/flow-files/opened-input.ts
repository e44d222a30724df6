import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress, type ZstdDecompress } from "node:zlib";
import { detectionBytes } from "../../pipeline/sources/detect-input.ts";
import { captureFormatOf } from "../../pipeline/sources/packets/capture-framer.ts";
import type { NamedInput } from "./expand-inputs.ts";

export type Compression = "none" | "gzip" | "zstd";

/** An input whose beginning has been looked at. */
export interface OpenedInput {
  readonly compression: Compression;
  /** The first bytes, decompressed: as many as detection wants, or all. */
  readonly head: Buffer;
  /** Everything, decompressed, the head included. May be read once; not reading it calls for `close`. */
  readonly content: AsyncIterable<Buffer>;
  /** Bytes read so far, before decompression. */
  bytesRead(): number;
  close(): void;
}

const gzipMagic = [0x1f, 0x8b];
const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];
const readBytes = 256 << 10;

/** Opens an input and looks through its compression, told by its first bytes and never by its name. Throws as `fs`. */
export async function openInput(
  { path }: NamedInput,
  stdin: Readable,
  signal: AbortSignal | undefined,
): Promise<OpenedInput> {
  const raw: Readable = path === "-" ? stdin : createReadStream(path, { highWaterMark: readBytes });
  const stop = (): void => {
    raw.destroy();
  };
  signal?.addEventListener("abort", stop, { once: true });
  let bytes = 0;
  const counted = counting(raw, (length) => {
    bytes += length;
  });
  const begun = await readAhead(counted, 4);
  const compression = compressionOf(begun.head);
  let content: AsyncIterable<Buffer> = begun.all;
  if (compression === "gzip") content = piped(content, createGunzip());
  else if (compression === "zstd") content = throughFrames(content);
  const looked = await readAhead(content, detectionBytes, isCapture);
  return {
    compression,
    head: looked.head,
    content: looked.all,
    bytesRead: () => bytes,
    close: () => {
      signal?.removeEventListener("abort", stop);
      raw.destroy();
    },
  };
}

function compressionOf(head: Buffer): Compression {
  if (gzipMagic.every((byte, i) => head[i] === byte)) return "gzip";
  return zstdMagic.every((byte, i) => head[i] === byte) ? "zstd" : "none";
}

async function* counting(raw: Readable, count: (length: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of raw) {
    const buffer = typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Buffer);
    count(buffer.length);
    yield buffer;
  }
}

/** What a capture is shows at once, and nobody knows when its next packet comes. */
function isCapture(read: readonly Buffer[]): boolean {
  return read.length > 0 && captureFormatOf(read[0]!) !== undefined;
}

/** Reads until `length` bytes are there, or what there is `isEnough`, and gives everything back as if nothing had been read. */
async function readAhead(
  content: AsyncIterable<Buffer>,
  length: number,
  isEnough: (read: readonly Buffer[]) => boolean = () => false,
): Promise<{ head: Buffer; all: AsyncGenerator<Buffer> }> {
  const iterator = content[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let total = 0;
  while (total < length && !isEnough(read)) {
    const next = await iterator.next();
    if (next.done === true) break;
    read.push(next.value);
    total += next.value.length;
  }
  const head = Buffer.concat(read);
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return { head: head.subarray(0, length), all: all() };
}

function piped(content: AsyncIterable<Buffer>, through: NodeJS.ReadWriteStream & Readable): AsyncIterable<Buffer> {
  const source = Readable.from(content, { objectMode: false });
  source.on("error", (error) => through.destroy(error));
  source.pipe(through);
  return through as AsyncIterable<Buffer>;
}

/**
 * Joined files and parallel compressors give several frames one after the other. Node's decompressor ends where a frame
 * ends inside a chunk, so what it left of the chunk begins with the next frame, for the next decompressor.
 */
async function* throughFrames(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = content[Symbol.asyncIterator]();
  let rest: Buffer | undefined;
  do {
    const frames = createZstdDecompress();
    const feeding = feed(frames, rest, source).catch((error: unknown) => {
      frames.destroy(error instanceof Error ? error : undefined);
      return undefined;
    });
    yield* frames as AsyncIterable<Buffer>;
    rest = await feeding;
  } while (rest !== undefined);
}

/** Gives chunks to a decompressor, `first` before the source's. @returns what it left when it ended before them */
async function feed(
  frames: ZstdDecompress,
  first: Buffer | undefined,
  source: AsyncIterator<Buffer, unknown>,
): Promise<Buffer | undefined> {
  for (let chunk = first; ; chunk = undefined) {
    if (chunk === undefined) {
      const next = await source.next();
      if (next.done === true) break;
      chunk = next.value;
    }
    const written = chunk;
    const before = frames.bytesWritten;
    await new Promise<void>((resolve, reject) => {
      frames.write(written, (error) => (error ? reject(error) : resolve()));
    });
    const taken = frames.bytesWritten - before;
    if (taken < written.length) return written.subarray(taken);
  }
  frames.end();
  return undefined;
}
