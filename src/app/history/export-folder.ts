import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { HistoryUnavailable } from "./history-unavailable.ts";

const dayMs = 86_400_000;

/** `edges-2026-11-02.parquet` in the folder; `day` counts from the epoch. */
export function exportFile(folder: string, table: string, day: number): string {
  return join(folder, `${table}-${new Date(day * dayMs).toISOString().slice(0, 10)}.parquet`);
}

/** Writes a file under another name first: what is there is whole, also when it is interrupted. */
export async function writeWhole<T>(
  file: string,
  signal: AbortSignal | undefined,
  write: (partial: string) => Promise<T>,
): Promise<T> {
  const partial = `${file}.partial`;
  try {
    const result = await write(partial);
    await rename(partial, file);
    return result;
  } catch (error) {
    await rm(partial, { force: true });
    signal?.throwIfAborted();
    throw error;
  }
}

/** Makes the folder of an export, or refuses one that has something. */
export async function emptyFolder(folder: string): Promise<void> {
  const refuse = (why: string, code = "history_export_folder"): never => {
    throw new HistoryUnavailable({ code, message: `\`${folder}\` cannot take the export: ${why}` });
  };
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) refuse("it is not empty; name a new folder");
  } catch (error) {
    if (error instanceof HistoryUnavailable) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
      refuse("no permission", "history_export_no_permission");
    }
    refuse(code === "ENOTDIR" || code === "EEXIST" ? "it is a file" : String(code));
  }
}
