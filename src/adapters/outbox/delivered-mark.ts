import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/**
 * Up to which batch everything is delivered, so that a restart does not send files of old batches again. It is written without
 * waiting for the disk: when a crash takes it back, batches are sent twice, which counts once.
 */
export class DeliveredMark {
  private readonly path: string;
  private file: FileHandle | undefined;

  constructor(folder: string) {
    this.path = join(folder, "delivered");
  }

  private async opened(): Promise<FileHandle> {
    if (this.file !== undefined) return this.file;
    // Made when it is not there, and kept when it is.
    await (await open(this.path, "a", 0o600)).close();
    const file = await open(this.path, "r+");
    this.file = file;
    return file;
  }

  /** 0 when there is no mark that was noted beside one of these files. */
  async read(incarnations: readonly string[]): Promise<number> {
    const text = await (await this.opened()).readFile("utf8");
    const [incarnation, sequence = ""] = text.split(" ");
    return incarnations.includes(incarnation ?? "") && /^\d{16}\n$/.test(sequence) ? Number(sequence) : 0;
  }

  /** `newest`: the incarnation of the newest file. Numbers are told apart by it from those of a folder that was emptied. */
  async note(newest: string, sequence: number): Promise<void> {
    try {
      const file = await this.opened();
      await file.write(`${newest} ${String(sequence).padStart(16, "0")}\n`, 0);
    } catch {
      // A full disk: without the mark more is sent again.
    }
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}
