import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { fileName } from "./config.ts";
import { rowsOf } from "./rows-of.ts";
import { isBeyondUse } from "./trouble.ts";

/*
 * A checkpoint writes blocks of metadata that have room left where they stand, and at last, in one page, the header that says which parts
 * of them hold. Killed inside such a block, DuckDB finds the old header, which is right, and a block that is neither, whose
 * checksum is wrong: it opens the file no more. So what stands there is kept beside the file before, and put back if the header is the same
 * when the file is opened again.
 *
 * Format: magic, how many blocks of how many bytes (two 32-bit numbers, little-endian), both headers, a 64-bit place in the file for each
 * block, the blocks, SHA-256 of all that. While it is not whole, nothing was overwritten yet.
 */

export const undoName = "history.undo";
const magic = Buffer.from("postern-undo-1\0\0");
/** Behind the page with DuckDB's magic there are two headers, written by turns, and then blocks. */
const headersAt = 4096;
const headersBytes = 8192;
const blocksAt = headersAt + headersBytes;
const numbersBytes = 8;
const placeBytes = 8;
const digestBytes = 32;
/** Metadata of a terabyte is less. A file that claims more is not one of ours. */
const mostBlocks = 1_000_000;
const mostBlockBytes = 4 * 2 ** 20;

/** Makes the checkpoints of a history file that is open for writing. */
export class Undo {
  /** Open as long as DuckDB has the file: a process loses its locks on a file when it closes any descriptor of it. */
  readonly #file: FileHandle;
  readonly #kept: FileHandle;

  private constructor(file: FileHandle, kept: FileHandle) {
    this.#file = file;
    this.#kept = kept;
  }

  static async open(folder: string): Promise<Undo> {
    const kept = await openKept(folder);
    try {
      return new Undo(await open(join(folder, fileName), "r"), kept);
    } catch (error) {
      await kept.close();
      throw error;
    }
  }

  /** Writes the log into the file. Killed at any moment, the file is as it was before or after. */
  async checkpoint(connection: DuckDBConnection): Promise<void> {
    await this.#keep(connection);
    try {
      await connection.run("CHECKPOINT");
    } catch (error) {
      // Given up, the file is opened again, and what was overwritten of it put back. Otherwise it is written further as it is.
      if (!isBeyondUse(error)) await this.#kept.truncate(0);
      throw error;
    }
    await this.#kept.truncate(0);
  }

  /** For when DuckDB has closed the file. */
  async close(): Promise<void> {
    await this.#kept.close();
    await this.#file.close();
  }

  async #keep(connection: DuckDBConnection): Promise<void> {
    const found = await rowsOf(
      connection,
      "SELECT block_id AS id, block_size AS size FROM pragma_metadata_info(), pragma_database_size() ORDER BY id",
    );
    const blockBytes = found[0]?.number("size") ?? 0;
    const { size } = await this.#file.stat();
    // A block that is beyond the end was never written, and no header names it.
    const places = found.map((row) => blocksAt + row.number("id") * blockBytes).filter((at) => at + blockBytes <= size);
    const begin = Buffer.alloc(magic.length + numbersBytes);
    magic.copy(begin);
    begin.writeUInt32LE(places.length, magic.length);
    begin.writeUInt32LE(blockBytes, magic.length + 4);
    const table = Buffer.alloc(placeBytes * places.length);
    for (const [i, place] of places.entries()) table.writeBigUInt64LE(BigInt(place), placeBytes * i);

    const hash = createHash("sha256");
    let at = 0;
    const put = async (bytes: Buffer): Promise<void> => {
      hash.update(bytes);
      await writeAt(this.#kept, bytes, at);
      at += bytes.length;
    };
    await this.#kept.truncate(0);
    await put(begin);
    await put(await bytesAt(this.#file, headersAt, headersBytes));
    await put(table);
    const block = Buffer.allocUnsafe(blockBytes);
    for (const place of places) await put(await bytesAt(this.#file, place, blockBytes, block));
    await writeAt(this.#kept, hash.digest(), at);
    await this.#kept.sync();
  }
}

/** Whether there may be something to put back, for who may only read. */
export async function mayHaveToUndo(folder: string): Promise<boolean> {
  try {
    const kept = await open(join(folder, undoName), "r");
    const { size } = await kept.stat();
    await kept.close();
    return size > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Puts back what a checkpoint that came to no end has overwritten. Nobody may have the file open, nor open it meanwhile. */
export async function undoCheckpoint(folder: string): Promise<void> {
  const kept = await openKept(folder);
  try {
    const { size } = await kept.stat();
    if (size === 0) return;
    const blocks = await readKept(kept, size);
    if (blocks !== undefined) await putBack(folder, kept, blocks);
    await kept.truncate(0);
  } finally {
    await kept.close();
  }
}

interface KeptBlocks {
  readonly headers: Buffer;
  readonly places: readonly number[];
  readonly blockBytes: number;
  /** Of the first block in the kept file. */
  readonly from: number;
}

/** @returns undefined where it is not whole */
async function readKept(kept: FileHandle, size: number): Promise<KeptBlocks | undefined> {
  const beginBytes = magic.length + numbersBytes;
  if (size < beginBytes) return undefined;
  const begin = await bytesAt(kept, 0, beginBytes);
  const count = begin.readUInt32LE(magic.length);
  const blockBytes = begin.readUInt32LE(magic.length + 4);
  const from = beginBytes + headersBytes + placeBytes * count;
  const end = from + count * blockBytes;
  const isOurs = begin.subarray(0, magic.length).equals(magic) && count <= mostBlocks && blockBytes <= mostBlockBytes;
  if (!isOurs || size !== end + digestBytes) return undefined;
  const hash = createHash("sha256");
  const step = Buffer.allocUnsafe(2 ** 18);
  for (let at = 0; at < end; at += step.length) {
    hash.update(await bytesAt(kept, at, Math.min(step.length, end - at), step));
  }
  if (!hash.digest().equals(await bytesAt(kept, end, digestBytes))) return undefined;
  const headers = await bytesAt(kept, beginBytes, headersBytes);
  const table = await bytesAt(kept, beginBytes + headersBytes, placeBytes * count);
  const places = Array.from({ length: count }, (_, i) => Number(table.readBigUInt64LE(placeBytes * i)));
  return { headers, places, blockBytes, from };
}

async function putBack(
  folder: string,
  kept: FileHandle,
  { headers, places, blockBytes, from }: KeptBlocks,
): Promise<void> {
  const file = await open(join(folder, fileName), "r+").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    // With another header the checkpoint was done, or it is another file.
    if (!(await bytesAt(file, headersAt, headersBytes)).equals(headers)) return;
    const block = Buffer.allocUnsafe(blockBytes);
    for (const [i, place] of places.entries()) {
      await writeAt(file, await bytesAt(kept, from + i * blockBytes, blockBytes, block), place);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openKept(folder: string): Promise<FileHandle> {
  return open(join(folder, undoName), constants.O_RDWR | constants.O_CREAT, 0o600);
}

/** A full disk takes a part before it says so. */
async function writeAt(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

/** Less where the file ends. */
async function bytesAt(file: FileHandle, at: number, length: number, into?: Buffer): Promise<Buffer> {
  const buffer = into ?? Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  return buffer.subarray(0, bytesRead);
}
