/**
 * Forward only: each entry brings the file from the version of its index to the next. An older Postern refuses a file that
 * is newer than it knows.
 *
 * - `owners`: workloads by number; `space` numbers the (cluster, namespace), so that rows of a namespace can be found by
 *   one comparison of small numbers.
 * - `edge_rows`: flows of an edge in an hour as one source saw them. Appended as they come; `maintain` merges what
 *   belongs together and puts every day in the order of the columns, so that a namespace is a short run in each day. Times are
 *   milliseconds within the row's own hour (or day). Counts are DOUBLE: whole numbers up to 2^53, and no surprise beyond.
 * - `name_rows`, `coarse_rows`, `health_rows`, `left_out_rows`: the same for the rest of a batch.
 * - `marks`: the highest sequence of each observer's buffer, written with its rows.
 * - `merged`: how many rows an hour or a day of a table had when it was last put in order: what has more since is put in order again.
 * - `state.rolled_before`: hours before this one count as their day, whether their rows have been merged yet or not.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE sources (id INTEGER NOT NULL, name VARCHAR NOT NULL);
  CREATE TABLE owners (
    id INTEGER NOT NULL, space INTEGER NOT NULL,
    cluster VARCHAR NOT NULL, namespace VARCHAR NOT NULL, kind VARCHAR NOT NULL, name VARCHAR NOT NULL
  );
  CREATE TABLE edge_rows (
    space INTEGER NOT NULL, owner INTEGER NOT NULL,
    family UTINYINT NOT NULL, address UHUGEINT NOT NULL, protocol UTINYINT NOT NULL, port USMALLINT NOT NULL,
    verdict UTINYINT NOT NULL, prefix UTINYINT NOT NULL, source INTEGER NOT NULL, hour INTEGER NOT NULL,
    flows DOUBLE NOT NULL, bytes DOUBLE, first_ms UINTEGER NOT NULL, last_ms UINTEGER NOT NULL
  );
  CREATE TABLE name_rows (
    space INTEGER NOT NULL, owner INTEGER NOT NULL,
    family UTINYINT NOT NULL, address UHUGEINT NOT NULL, name VARCHAR NOT NULL, origin UTINYINT NOT NULL,
    source INTEGER NOT NULL, day INTEGER NOT NULL,
    chain VARCHAR[] NOT NULL, ttl DOUBLE, count DOUBLE NOT NULL, first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL
  );
  CREATE TABLE coarse_rows (
    space INTEGER NOT NULL, owner INTEGER NOT NULL,
    destination VARCHAR NOT NULL, protocol UTINYINT NOT NULL, port INTEGER NOT NULL, verdict UTINYINT NOT NULL,
    source INTEGER NOT NULL, hour INTEGER NOT NULL, flows DOUBLE, bytes DOUBLE
  );
  CREATE TABLE health_rows (
    cluster VARCHAR NOT NULL, observer VARCHAR NOT NULL, source INTEGER NOT NULL, hour INTEGER NOT NULL,
    kind VARCHAR NOT NULL, state VARCHAR NOT NULL, message VARCHAR NOT NULL,
    records DOUBLE NOT NULL, malformed DOUBLE NOT NULL, lost DOUBLE NOT NULL, outages DOUBLE NOT NULL,
    dropped DOUBLE NOT NULL, received_bytes DOUBLE NOT NULL, sampling_max DOUBLE NOT NULL,
    last_arrival_ms BIGINT, lag_sum DOUBLE, lag_weight DOUBLE, lag_max DOUBLE, reported_ms BIGINT NOT NULL
  );
  CREATE TABLE left_out_rows (
    cluster VARCHAR NOT NULL, observer VARCHAR NOT NULL, source INTEGER NOT NULL, hour INTEGER NOT NULL,
    reason VARCHAR NOT NULL, flows DOUBLE NOT NULL
  );
  CREATE TABLE marks (
    cluster VARCHAR NOT NULL, observer VARCHAR NOT NULL, incarnation VARCHAR NOT NULL,
    sequence BIGINT NOT NULL, stored_ms BIGINT NOT NULL, PRIMARY KEY (cluster, observer, incarnation)
  );
  CREATE TABLE merged (name VARCHAR NOT NULL, hour INTEGER NOT NULL, span INTEGER NOT NULL, rows BIGINT NOT NULL);
  CREATE TABLE state (rolled_before INTEGER NOT NULL);
  INSERT INTO state VALUES (0);
  `,
  // Policies that decided the flows of a row, sorted; NULL where no source tells, as in all rows before.
  "ALTER TABLE edge_rows ADD COLUMN decided_by VARCHAR[]",
];
