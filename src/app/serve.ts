import type { Result } from "../core/result.ts";
import type { SyslogPlace } from "./audit/audit-port.ts";
import type { Failure } from "./failure.ts";
import type { OpaRequest } from "./law/opa-request.ts";
import type { UpkeepPlan } from "./live/collect-upkeep.ts";
import type { State } from "./state/state.ts";

/** Where the collector's state is kept. */
export type StatePlace =
  | { readonly kind: "sqlite"; readonly folder: string }
  /** The file holds the database's address, with its password, alone on a line. */
  | { readonly kind: "postgres"; readonly urlFile: string };

/** Where the collector's history is kept. */
export type StorePlace =
  | { readonly kind: "duckdb"; readonly folder: string; readonly memoryMib: number }
  | {
      readonly kind: "clickhouse";
      /** Of hosts of which any can be asked; without user and database. */
      readonly urls: readonly string[];
      readonly user: string;
      readonly passwordFile: string | undefined;
      /** Certificates of the authority; undefined: those that Node.js knows. */
      readonly caFile: string | undefined;
      readonly database: string;
      /** Of the server's configuration; undefined for a single node. */
      readonly cluster: string | undefined;
      readonly keep: UpkeepPlan;
    };

export interface ServeOptions {
  /** Made when it is not there, for its owner alone. */
  readonly folder: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Undefined: plain HTTP. */
  readonly tls:
    | { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string | undefined }
    | undefined;
  readonly state: StatePlace;
  readonly store: StorePlace;
  readonly keep: UpkeepPlan;
  readonly openMetrics: boolean;
  /** The application people review on; undefined: a collector alone. */
  readonly review: ReviewOptions | undefined;
  /** Configuration of an observer to run in the same process; undefined: none. */
  readonly observe: string | undefined;
  readonly logLevel: LogLevel;
  /** Takes the log, a JSON document with a line end at a time. */
  readonly log: (line: string) => void;
}

/** What the application needs beside history and state. Files are read at the start; what is wrong in them keeps the server from starting. */
export interface ReviewOptions {
  /** Folder of the bundled sample: its cluster, its repository, its traffic playing on. Undefined: the real world. */
  readonly sample: string | undefined;
  /** Clusters that are asked about themselves; undefined: only their traffic is known. */
  readonly clustersFile: string | undefined;
  /** Where proposals become pull requests; undefined: nowhere. */
  readonly repositoriesFile: string | undefined;
  /** Laws that are kept in files. */
  readonly lawFolder: string | undefined;
  /** Who answers for clauses in Rego; left out: nobody, so that they forbid. */
  readonly opa?: OpaRequest;
  /** An Ed25519 key that signs the audit log; left out: the one in the data folder. */
  readonly auditKeyFile?: string;
  /** Who is sent the audit log as it grows; left out: nobody. */
  readonly auditSyslog?: SyslogPlace;
  /** Who may sign in how, and chat; undefined: users of the server's own. */
  readonly accessFile: string | undefined;
  /** As people's browsers write it. */
  readonly publicUrl: URL | undefined;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A collector that listens. */
export interface RunningCollector {
  readonly url: string;
  /** Whether nobody could send anything yet. */
  readonly hasTokens: boolean;
  /** Where the first person signs in, once; undefined: somebody has, or nobody can here. */
  readonly firstRunUrl: string | undefined;
  /** Answers what is under way, stores what waits, and closes everything; at most some seconds. */
  stop(): Promise<void>;
}

export type Serve = (options: ServeOptions) => Promise<Result<RunningCollector, readonly Failure[]>>;
/** `mayCreate`: whether a state that is not there is made; otherwise it is the failure `state_not_found`. */
export type OpenState = (place: StatePlace, mayCreate?: boolean) => Promise<Result<State, Failure>>;

/** A collector far away, and how to prove who asks. */
export interface CollectorAddress {
  readonly url: string;
  /** File with a bearer token. */
  readonly tokenFile: string | undefined;
  /** PEM file with the authorities to trust instead of the system's. */
  readonly caFile: string | undefined;
}
