import type { RetentionPlan } from "../../app/history/edge-store.ts";

/** Where the history is, and how its tables are made. */
export interface ClickHouseConfig {
  /** Hosts of which any can be asked, `https://clickhouse.example:8443`; user and password come beside them. */
  readonly urls: readonly string[];
  readonly user: string;
  /** Read from a file, never from the command line. */
  readonly password: string;
  /** Certificates of authorities, as text; undefined: those that Node.js knows. */
  readonly ca?: string;
  /** Made when it is not there. */
  readonly database: string;
  /** Name of the cluster in the server's configuration; undefined for a single node. */
  readonly cluster: string | undefined;
  /** Rows that `maintain` never dropped the server drops by itself, {@link graceDays} after the time of days. */
  readonly keep: Omit<RetentionPlan, "nowMs">;
  readonly requestTimeoutMs?: number;
}

/** Days on top of the plan before the server drops rows by itself. */
export const graceDays = 7;
