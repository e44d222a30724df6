import type { DecisionSchema } from "./schema-decisions.ts";

/** The tables as the newest migration leaves them. Columns end in their unit. */
export interface Schema extends DecisionSchema {
  readonly schema_migrations: {
    readonly number: number;
    readonly name: string;
    readonly checksum: string;
    readonly applied_at_ms: number;
  };
  readonly clusters: { readonly cluster: string; readonly first_seen_ms: number; readonly last_seen_ms: number };
  readonly observers: {
    readonly cluster: string;
    readonly observer: string;
    readonly incarnation: string;
    readonly last_sequence: number;
    readonly version: string;
    readonly address: string;
    readonly first_seen_ms: number;
    readonly last_seen_ms: number;
    readonly shared_at_ms: number | null;
  };
  readonly tokens: {
    readonly id: string;
    readonly label: string;
    readonly secret_hash: string;
    /** JSON list. */
    readonly clusters: string;
    /** JSON list. */
    readonly scopes: string;
    readonly created_at_ms: number;
    readonly expires_at_ms: number | null;
    readonly revoked_at_ms: number | null;
    readonly last_used_at_ms: number | null;
  };
  readonly quotas: {
    readonly cluster: string;
    readonly edges_per_hour: number | null;
    readonly edges_per_day: number | null;
    readonly bytes_per_minute: number | null;
  };
  readonly source_standings: {
    readonly cluster: string;
    readonly observer: string;
    readonly source: string;
    readonly kind: string;
    readonly state: string;
    readonly message: string;
    readonly sampling_max: number;
    readonly last_arrival_ms: number | null;
    readonly first_reported_ms: number;
    readonly reported_at_ms: number;
  };
  readonly source_minutes: {
    readonly cluster: string;
    readonly observer: string;
    readonly source: string;
    readonly minute: number;
    readonly records: number;
    readonly malformed: number;
    readonly lost: number;
    readonly outages: number;
    readonly dropped: number;
    readonly received_bytes: number;
    readonly lag_weighted_ms: number;
    readonly lag_weight: number;
    readonly lag_max_ms: number;
  };
  readonly source_left_out: {
    readonly cluster: string;
    readonly observer: string;
    readonly source: string;
    readonly minute: number;
    readonly reason: string;
    readonly flows: number;
  };
  readonly settings: { readonly name: string; readonly value: string };
}
