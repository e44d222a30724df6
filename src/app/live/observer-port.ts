import type { Result } from "../../core/result.ts";
import type { Mask } from "../../pipeline/flows/anonymise.ts";
import type { Failure } from "../failure.ts";
import type { ObserverSettings } from "./observer-settings.ts";
import type { ObserverLog, ObserverStatus } from "./observer-status.ts";
import type { ObserverEnd } from "./observer.ts";

/** What the command line says of an observer with one source. */
export interface ObserverFlags {
  readonly source: string;
  /** `option=value`, nested as `tls.caFile=…`; the value is YAML. */
  readonly set: readonly string[];
  readonly cluster: string;
  readonly name: string | undefined;
  readonly to: string | undefined;
  readonly tokenFile: string | undefined;
  readonly caFile: string | undefined;
  readonly every: string | undefined;
  readonly bufferFolder: string | undefined;
  readonly buffer: string | undefined;
  readonly metrics: string | undefined;
  readonly anonymiseKeyFile: string | undefined;
  /** Of the cluster, instead of its API; empty for the API. */
  readonly clusterDump: readonly string[];
  readonly withoutKubernetes: boolean;
}

/** An observer that has its buffer and has connected to nothing yet. */
export interface ReadyObserver {
  /** Of `/metrics`; undefined without. */
  readonly metricsUrl: string | undefined;
  /** What a crash had left in the buffer and was cut off, in bytes. */
  readonly tornBytes: number;
  readonly status: () => ObserverStatus;
  /** Once. Closes what belongs to it. */
  readonly run: (signal: AbortSignal) => Promise<ObserverEnd>;
}

/** Settings that are checked, for another process to run: what reads them costs more memory than what runs. */
export type HandOver = (settings: ObserverSettings, isOnce: boolean) => Promise<Result<void, readonly Failure[]>>;

/** Observers, for those who start them. */
export interface ObserverPort {
  readonly readFile: (path: string) => Promise<Result<ObserverSettings, readonly Failure[]>>;
  readonly fromFlags: (flags: ObserverFlags) => Promise<Result<ObserverSettings, readonly Failure[]>>;
  readonly open: (
    settings: ObserverSettings,
    options: { readonly isOnce: boolean; readonly log: ObserverLog },
  ) => Promise<Result<ReadyObserver, readonly Failure[]>>;
  /** Present in a process that only reads: whatever was to be run is given away instead. */
  readonly handOver?: HandOver;
  readonly newKey: () => string;
  readonly openMask: (keyFile: string) => Promise<Result<Mask, Failure>>;
  /** Standard input, for what is revealed. */
  readonly stdin: AsyncIterable<Uint8Array>;
}
