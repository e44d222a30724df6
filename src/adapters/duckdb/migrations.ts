/**
 * Forward only: each entry brings the file from the version of its index to the next. An older Postern refuses a file that
 * is newer than it knows.
 *
 * - `owners`: workloads by number; `space` numbers the (cluster, namespace), so that rows of a namespace can be found by
 *   one comparison of small numbers.
 * - `edge_rows`: flows of an edge in an hour as one source saw them. What belongs together is merged, and every day is put in
 *   the order of the columns, so that a namespace is a short run in each day. Times are milliseconds within the row's own
 *   hour (or day). Counts are DOUBLE: whole numbers up to 2^53, and no surprise beyond.
 * - `name_rows`, `coarse_rows`, `health_rows`, `left_out_rows`: the same for the rest of a batch.
 * - `edge_tail`, `name_tail`: rows as they come, until there are enough to be put in order at once; `all_edge_rows` and
 *   `all_name_rows` are what questions ask.
 * - `marks`: the highest sequence of each observer's buffer, one row each, written with its rows.
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
  // Left to itself DuckDB packs the bits of addresses, and takes half a microsecond to unpack one: most of what a question cost.
  `
  CREATE TABLE edge_tail (
    space INTEGER NOT NULL, owner INTEGER NOT NULL,
    family UTINYINT NOT NULL, address UHUGEINT NOT NULL USING COMPRESSION rle,
    protocol UTINYINT NOT NULL, port USMALLINT NOT NULL,
    verdict UTINYINT NOT NULL, prefix UTINYINT NOT NULL, source INTEGER NOT NULL, hour INTEGER NOT NULL,
    flows DOUBLE NOT NULL, bytes DOUBLE, first_ms UINTEGER NOT NULL, last_ms UINTEGER NOT NULL, decided_by VARCHAR[]
  );
  CREATE TABLE edge_rows_new (
    space INTEGER NOT NULL, owner INTEGER NOT NULL,
    family UTINYINT NOT NULL, address UHUGEINT NOT NULL USING COMPRESSION rle,
    protocol UTINYINT NOT NULL, port USMALLINT NOT NULL,
    verdict UTINYINT NOT NULL, prefix UTINYINT NOT NULL, source INTEGER NOT NULL, hour INTEGER NOT NULL,
    flows DOUBLE NOT NULL, bytes DOUBLE, first_ms UINTEGER NOT NULL, last_ms UINTEGER NOT NULL, decided_by VARCHAR[]
  );
  INSERT INTO edge_rows_new BY NAME SELECT * FROM edge_rows;
  DROP TABLE edge_rows;
  ALTER TABLE edge_rows_new RENAME TO edge_rows;
  CREATE TABLE name_tail (
    space INTEGER NOT NULL, owner INTEGER NOT NULL,
    family UTINYINT NOT NULL, address UHUGEINT NOT NULL USING COMPRESSION rle,
    name VARCHAR NOT NULL, origin UTINYINT NOT NULL, source INTEGER NOT NULL, day INTEGER NOT NULL,
    chain VARCHAR[] NOT NULL, ttl DOUBLE, count DOUBLE NOT NULL, first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL
  );
  CREATE TABLE name_rows_new (
    space INTEGER NOT NULL, owner INTEGER NOT NULL,
    family UTINYINT NOT NULL, address UHUGEINT NOT NULL USING COMPRESSION rle,
    name VARCHAR NOT NULL, origin UTINYINT NOT NULL, source INTEGER NOT NULL, day INTEGER NOT NULL,
    chain VARCHAR[] NOT NULL, ttl DOUBLE, count DOUBLE NOT NULL, first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL
  );
  INSERT INTO name_rows_new BY NAME SELECT * FROM name_rows;
  DROP TABLE name_rows;
  ALTER TABLE name_rows_new RENAME TO name_rows;
  CREATE VIEW all_edge_rows AS FROM edge_rows UNION ALL FROM edge_tail;
  CREATE VIEW all_name_rows AS FROM name_rows UNION ALL FROM name_tail;
  `,
  // Without its key, so that a mark is replaced and not updated: while a question is open that is older than an update, DuckDB cannot
  // write its log into the file, and both grow.
  `
  CREATE TABLE marks_new (
    cluster VARCHAR NOT NULL, observer VARCHAR NOT NULL, incarnation VARCHAR NOT NULL,
    sequence BIGINT NOT NULL, stored_ms BIGINT NOT NULL
  );
  INSERT INTO marks_new BY NAME SELECT * FROM marks;
  DROP TABLE marks;
  ALTER TABLE marks_new RENAME TO marks;
  `,
];
