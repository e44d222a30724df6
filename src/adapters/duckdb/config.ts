/** How a history file is opened. */
export interface DuckDbConfig {
  /** Folder of the history; made when it is opened for writing. */
  readonly folder: string;
  /** Several processes may read at the same time, and none beside one that writes. */
  readonly access: "read" | "write";
  /** Beyond this DuckDB writes to `tmp` in the folder. */
  readonly memoryLimitMib?: number;
  readonly threads?: number;
  readonly order?: OrderLimits;
}

/** When rows are put in order while they come. */
export interface OrderLimits {
  /** Rows of a tail that make it worth it: a question reads so many unordered ones in any case. */
  readonly tailRows: number;
  /** New rows of an hour that make it worth merging it again, and as a part of those that it has: so it is not merged too often. */
  readonly unmergedRows: number;
  readonly unmergedPart: number;
  /** Rows that are merged in one transaction, or whose edges are made at once, about: DuckDB holds them all. */
  readonly pieceRows: number;
  /** Rows that were written anew, and are still in the file where they were, that make it worth giving their room back. */
  readonly movedRows: number;
}

export const defaultOrder: OrderLimits = {
  tailRows: 100_000,
  unmergedRows: 800_000,
  unmergedPart: 0.5,
  pieceRows: 200_000,
  movedRows: 500_000,
};

export const fileName = "history.duckdb";
export const defaultMemoryLimitMib = 1024;
export const defaultThreads = 4;
/** The log is written into the file when it has grown to this: a crash later replays at most so much. */
export const logLimitMib = 64;
