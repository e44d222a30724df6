import type { Migration } from "./migration.ts";

/** What `postern serve` keeps. Times are milliseconds since the epoch; lists are JSON text, never searched inside. */
export const collector: Migration = {
  number: 1,
  name: "collector",
  statements: [
    `create table clusters (
       cluster text not null primary key,
       first_seen_ms bigint not null,
       last_seen_ms bigint not null
     )`,
    `create table observers (
       cluster text not null,
       observer text not null,
       incarnation text not null,
       last_sequence bigint not null,
       version text not null,
       address text not null,
       first_seen_ms bigint not null,
       last_seen_ms bigint not null,
       primary key (cluster, observer)
     )`,
    `create table tokens (
       id text not null primary key,
       label text not null,
       secret_hash text not null,
       clusters text not null,
       scopes text not null,
       created_at_ms bigint not null,
       expires_at_ms bigint,
       revoked_at_ms bigint,
       last_used_at_ms bigint
     )`,
    `create table quotas (
       cluster text not null primary key,
       edges_per_hour bigint,
       edges_per_day bigint,
       bytes_per_minute bigint
     )`,
    `create table source_standings (
       cluster text not null,
       observer text not null,
       source text not null,
       kind text not null,
       state text not null,
       message text not null,
       sampling_max double precision not null,
       last_arrival_ms bigint,
       first_reported_ms bigint not null,
       reported_at_ms bigint not null,
       primary key (cluster, observer, source)
     )`,
    `create table source_minutes (
       cluster text not null,
       observer text not null,
       source text not null,
       minute bigint not null,
       records bigint not null,
       malformed bigint not null,
       lost bigint not null,
       outages bigint not null,
       dropped bigint not null,
       received_bytes bigint not null,
       lag_weighted_ms double precision not null,
       lag_weight double precision not null,
       lag_max_ms double precision not null,
       primary key (cluster, observer, source, minute)
     )`,
    // Every question is about the minutes since some minute.
    `create index source_minutes_by_minute on source_minutes (minute)`,
    `create table source_left_out (
       cluster text not null,
       observer text not null,
       source text not null,
       minute bigint not null,
       reason text not null,
       flows bigint not null,
       primary key (cluster, observer, source, minute, reason)
     )`,
    `create index source_left_out_by_minute on source_left_out (minute)`,
    `create table settings (
       name text not null primary key,
       value text not null
     )`,
  ],
};
