import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { EdgeStore } from "./edge-store.ts";
import type { HistoryReader } from "./history-reader.ts";

/** Where a history is: a folder of this machine, or a collector that has one. */
export type HistoryPlace =
  | { readonly kind: "folder"; readonly folder: string }
  | {
      readonly kind: "server";
      readonly url: string;
      /** File with the bearer token. */
      readonly tokenFile: string | undefined;
      /** PEM file with the authorities to trust instead of the system's. */
      readonly caFile: string | undefined;
    };

/** Opens a history for questions. Nothing that is not there is made. */
export type ReadHistory = (place: HistoryPlace) => Promise<Result<HistoryReader, Failure>>;

/** Opens the history of a folder for changes, and makes it where there is none. One process at a time. */
export type OpenHistory = (folder: string, how: "read" | "write") => Promise<Result<EdgeStore, Failure>>;

/** SHA-256 of each file behind paths, folders and globs, as 64 hexadecimal digits; standard input has none. */
export type HashFlows = (
  inputs: readonly string[],
) => Promise<Result<readonly { readonly path: string; readonly hash: string | undefined }[], readonly Failure[]>>;
