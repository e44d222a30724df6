/** The tables of what people decide. Columns end in their unit; whole truth values are 0 or 1. */
export interface DecisionSchema {
  readonly counters: { readonly name: string; readonly value: number };
  readonly proposals: {
    readonly number: number;
    readonly id: string;
    readonly cluster: string;
    readonly namespace: string;
    readonly kind: string;
    readonly state: string;
    readonly state_rank: number;
    readonly is_open: number;
    readonly origin: string;
    readonly risk: string;
    readonly risk_rank: number;
    readonly readiness_day: number | null;
    readonly author: string;
    readonly search: string;
    readonly version: number;
    readonly created_at_ms: number;
    readonly updated_at_ms: number;
  };
  readonly proposal_bodies: { readonly number: number; readonly body: string };
  readonly dossiers: { readonly digest: string; readonly body: string };
  readonly jobs: {
    readonly kind: string;
    readonly job_key: string;
    readonly id: number;
    readonly payload: string;
    readonly run_at_ms: number;
    readonly attempts: number;
    readonly failure: string | null;
    readonly lease: string | null;
    readonly leased_until_ms: number | null;
    readonly next_payload: string | null;
    readonly next_run_at_ms: number | null;
  };
  readonly users: {
    readonly subject: string;
    readonly name: string;
    readonly password_hash: string | null;
    readonly is_administrator: number;
    /** JSON list. */
    readonly grants: string;
    readonly created_at_ms: number;
    readonly disabled_at_ms: number | null;
    readonly last_seen_ms: number | null;
  };
  readonly sign_in_links: { readonly secret_hash: string; readonly subject: string; readonly until_ms: number };
  readonly sessions: {
    readonly id_hash: string;
    readonly subject: string;
    /** JSON object. */
    readonly principal: string;
    readonly csrf: string;
    readonly created_at_ms: number;
    readonly seen_at_ms: number;
    readonly expires_at_ms: number;
  };
  readonly namespaces: {
    readonly cluster: string;
    readonly namespace: string;
    readonly phase: string;
    readonly threshold: number | null;
    readonly review_by_ms: number | null;
    readonly stopped_because: string | null;
    readonly coverage: string;
    readonly readiness_day: number | null;
    /** JSON object. */
    readonly exposure: string | null;
    readonly findings: number;
    readonly learned_at_ms: number | null;
    readonly evidence_digest: string | null;
    readonly flows: number;
    readonly destinations: number;
    readonly workloads: number;
    readonly first_seen_ms: number | null;
    readonly last_seen_ms: number | null;
    readonly counted_at_ms: number | null;
  };
  readonly namespace_days: {
    readonly cluster: string;
    readonly namespace: string;
    readonly day_ms: number;
    readonly exposure: number | null;
    readonly readiness: number | null;
    readonly denied: number;
  };
  readonly rule_findings: {
    readonly id: string;
    readonly cluster: string;
    readonly namespace: string;
    readonly problem: string;
    readonly severity: string;
    readonly last_hit_ms: number | null;
    readonly body: string;
    readonly fixed_manifest: string | null;
  };
  readonly laws: {
    readonly name: string;
    readonly version: number;
    readonly law: string;
    readonly changed_at_ms: number;
    readonly changed_by_subject: string;
    readonly changed_by_name: string;
  };
  readonly idempotency_keys: {
    readonly idempotency_key: string;
    readonly request_hash: string;
    readonly status: number | null;
    readonly body: string | null;
    readonly until_ms: number;
  };
  readonly audit_head: {
    readonly id: number;
    readonly size: number;
    readonly chain_hash: string;
    /** Hashes with blanks between, the largest subtree first. */
    readonly peaks: string;
  };
  readonly audit_records: {
    readonly sequence: number;
    readonly at_ms: number;
    readonly kind: string;
    readonly subject: string;
    readonly actor_subject: string;
    readonly actor_name: string;
    /** Canonical JSON, as it was hashed. */
    readonly payload: string;
    readonly leaf_hash: string;
    readonly chain_hash: string;
    /** Hashes with blanks between, of level 1 first. */
    readonly nodes: string;
    readonly cluster: string | null;
    readonly namespace: string | null;
    readonly is_wide: number;
    readonly search: string;
  };
  readonly audit_checkpoints: {
    readonly size: number;
    readonly root_hash: string;
    readonly at_ms: number;
    readonly note: string;
  };
}
