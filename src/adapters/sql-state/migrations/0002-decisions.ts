import type { Migration } from "./migration.ts";

/**
 * What people decide, and what the server does about it. Proposals have what lists filter and sort by in columns and everything as JSON in a
 * table of its own, so that looking for a page does not read every manifest. Texts that are searched are lower case already.
 */
export const decisions: Migration = {
  number: 2,
  name: "decisions",
  statements: [
    // Numbers that are given out in order, in the transaction that needs them: none is missing.
    `create table counters (
       name text not null primary key,
       value bigint not null
     )`,
    `insert into counters (name, value) values ('proposal', 0), ('job', 0)`,
    `create table proposals (
       number bigint not null primary key,
       id text not null unique,
       cluster text not null,
       namespace text not null,
       kind text not null,
       state text not null,
       state_rank integer not null,
       is_open integer not null,
       origin text not null,
       risk text not null,
       risk_rank integer not null,
       readiness_day double precision,
       author text not null,
       search text not null,
       version bigint not null,
       created_at_ms bigint not null,
       updated_at_ms bigint not null
     )`,
    `create index proposals_by_update on proposals (updated_at_ms, number)`,
    `create index proposals_by_creation on proposals (created_at_ms, number)`,
    `create index proposals_by_namespace on proposals (namespace, number)`,
    `create index proposals_by_state on proposals (state_rank, number)`,
    `create index proposals_by_risk on proposals (risk_rank, number)`,
    `create index proposals_by_readiness on proposals (readiness_day, number)`,
    `create index proposals_open on proposals (is_open, cluster, namespace)`,
    `create table proposal_bodies (
       number bigint not null primary key,
       body text not null
     )`,
    `create table dossiers (
       digest text not null primary key,
       body text not null
     )`,
    // One row has two jobs at most: the one that is held, and the one that was put meanwhile.
    `create table jobs (
       kind text not null,
       job_key text not null,
       id bigint not null unique,
       payload text not null,
       run_at_ms bigint not null,
       attempts integer not null,
       failure text,
       lease text,
       leased_until_ms bigint,
       next_payload text,
       next_run_at_ms bigint,
       primary key (kind, job_key)
     )`,
    `create index jobs_by_time on jobs (kind, run_at_ms)`,
    `create table users (
       subject text not null primary key,
       name text not null,
       password_hash text,
       is_administrator integer not null,
       grants text not null,
       created_at_ms bigint not null,
       disabled_at_ms bigint,
       last_seen_ms bigint
     )`,
    `create table sign_in_links (
       secret_hash text not null primary key,
       subject text not null,
       until_ms bigint not null
     )`,
    `create table sessions (
       id_hash text not null primary key,
       subject text not null,
       principal text not null,
       csrf text not null,
       created_at_ms bigint not null,
       seen_at_ms bigint not null,
       expires_at_ms bigint not null
     )`,
    `create index sessions_by_subject on sessions (subject)`,
    `create index sessions_by_expiry on sessions (expires_at_ms)`,
    `create table namespaces (
       cluster text not null,
       namespace text not null,
       phase text not null,
       threshold double precision,
       review_by_ms bigint,
       stopped_because text,
       coverage text not null,
       readiness_day double precision,
       exposure text,
       findings integer not null,
       learned_at_ms bigint,
       evidence_digest text,
       flows bigint not null,
       destinations bigint not null,
       workloads bigint not null,
       first_seen_ms bigint,
       last_seen_ms bigint,
       counted_at_ms bigint,
       primary key (cluster, namespace)
     )`,
    `create table namespace_days (
       cluster text not null,
       namespace text not null,
       day_ms bigint not null,
       exposure double precision,
       readiness double precision,
       denied bigint not null,
       primary key (cluster, namespace, day_ms)
     )`,
    `create index namespace_days_by_day on namespace_days (day_ms)`,
    `create table rule_findings (
       id text not null primary key,
       cluster text not null,
       namespace text not null,
       problem text not null,
       severity text not null,
       last_hit_ms bigint,
       body text not null,
       fixed_manifest text
     )`,
    `create index rule_findings_by_namespace on rule_findings (cluster, namespace)`,
    `create table laws (
       name text not null,
       version bigint not null,
       law text not null,
       changed_at_ms bigint not null,
       changed_by_subject text not null,
       changed_by_name text not null,
       primary key (name, version)
     )`,
    `create table idempotency_keys (
       idempotency_key text not null primary key,
       request_hash text not null,
       status integer,
       body text,
       until_ms bigint not null
     )`,
    `create index idempotency_keys_by_time on idempotency_keys (until_ms)`,
    // One row: who writes it first has the log, and everything decided with it, to itself until the end of the transaction.
    `create table audit_head (
       id integer not null primary key,
       size bigint not null,
       chain_hash text not null,
       peaks text not null
     )`,
    `insert into audit_head (id, size, chain_hash, peaks)
       values (0, 0, '0000000000000000000000000000000000000000000000000000000000000000', '')`,
    // After its hashes a record has those of the subtrees of the Merkle tree that are whole with it, from below; what follows then is taken
    // from what is hashed, to look for.
    `create table audit_records (
       sequence bigint not null primary key,
       at_ms bigint not null,
       kind text not null,
       subject text not null,
       actor_subject text not null,
       actor_name text not null,
       payload text not null,
       leaf_hash text not null,
       chain_hash text not null,
       nodes text not null,
       cluster text,
       namespace text,
       is_wide integer not null,
       search text not null
     )`,
    `create index audit_records_by_kind on audit_records (kind, sequence)`,
    `create index audit_records_by_subject on audit_records (subject, sequence)`,
    `create index audit_records_by_actor on audit_records (actor_subject, sequence)`,
    `create index audit_records_by_time on audit_records (at_ms)`,
    `create table audit_checkpoints (
       size bigint not null primary key,
       root_hash text not null,
       at_ms bigint not null,
       note text not null
     )`,
  ],
};
