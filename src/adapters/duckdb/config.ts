/** How a history file is opened. */
export interface DuckDbConfig {
  /** Folder of the history; made when it is opened for writing. */
  readonly folder: string;
  /** Several processes may read at the same time, and none beside one that writes. */
  readonly access: "read" | "write";
  /** Beyond this DuckDB writes to `tmp` in the folder. */
  readonly memoryLimitMib?: number;
  readonly threads?: number;
}

export const fileName = "history.duckdb";
export const defaultMemoryLimitMib = 1024;
export const defaultThreads = 4;
/** The log is written into the file when it has grown to this: a crash later replays at most so much. */
export const logLimitMib = 64;
