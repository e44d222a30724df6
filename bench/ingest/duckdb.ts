/** DuckDB's `read_json` with explicit columns and a `GROUP BY`: the same columns, rules and sums as Postern's reader. */
import { availableParallelism } from "node:os";
import { DuckDBInstance } from "@duckdb/node-api";

const columns: Readonly<Record<string, string>> = {
  K8S_ClusterName: "VARCHAR",
  SrcK8S_Namespace: "VARCHAR",
  SrcK8S_OwnerType: "VARCHAR",
  SrcK8S_OwnerName: "VARCHAR",
  SrcK8S_Name: "VARCHAR",
  SrcK8S_Type: "VARCHAR",
  SrcK8S_HostIP: "VARCHAR",
  SrcAddr: "VARCHAR",
  DstAddr: "VARCHAR",
  DstK8S_Type: "VARCHAR",
  SrcPort: "INTEGER",
  DstPort: "INTEGER",
  Proto: "INTEGER",
  IcmpType: "INTEGER",
  Flags: "VARCHAR[]",
  Bytes: "BIGINT",
  Sampling: "INTEGER",
  TimeFlowStartMs: "BIGINT",
  TimeFlowEndMs: "BIGINT",
  TimeReceived: "BIGINT",
  FlowDirection: "INTEGER",
  Duplicate: "BOOLEAN",
  AgentIP: "VARCHAR",
  _RecordType: "VARCHAR",
  PktDropLatestDropCause: "VARCHAR",
  NetworkEvents: "JSON",
  XlatDstAddr: "VARCHAR",
  XlatDstPort: "INTEGER",
};
const typed = Object.entries(columns)
  .map(([name, type]) => `${name}: '${type}'`)
  .join(", ");
const file = process.argv[2]!.replaceAll("'", "''");
const query = `
  SELECT count(*), sum(flows) FROM (
    SELECT K8S_ClusterName, SrcK8S_Namespace, SrcK8S_OwnerType, coalesce(SrcK8S_OwnerName, SrcK8S_Name) AS owner,
      coalesce(XlatDstAddr, DstAddr) AS address, Proto, coalesce(XlatDstPort, DstPort) AS port,
      coalesce(PktDropLatestDropCause, '') LIKE 'NetworkEvent_%' OR NetworkEvents IS NOT NULL AS is_denied,
      count(*) AS flows, sum(Bytes * Sampling) AS bytes, max(Sampling) AS sampling,
      min(coalesce(TimeFlowStartMs, TimeReceived * 1000)) AS first_ms, max(TimeFlowEndMs) AS last_ms,
      histogram(TimeFlowStartMs // 3600000) AS hours
    FROM read_json('${file}', format = 'newline_delimited', columns = {${typed}})
    WHERE SrcK8S_Type = 'Pod' AND coalesce(FlowDirection, 1) <> 0 AND NOT coalesce(Duplicate, false)
      AND (FlowDirection IS NOT NULL OR AgentIP = SrcK8S_HostIP) AND coalesce(DstK8S_Type, '') <> 'Pod'
      AND NOT list_contains(Flags, 'SYN_ACK') AND _RecordType = 'flowLog' AND SrcAddr IS NOT NULL
      AND (list_contains(Flags, 'SYN') OR (SrcPort >= 1024 AND DstPort < 1024) OR (Proto = 1 AND IcmpType = 8))
    GROUP BY ALL)`;

const instance = await DuckDBInstance.create(":memory:", { threads: String(availableParallelism()) });
const connection = await instance.connect();
const [row] = (await connection.runAndReadAll(query)).getRows();
console.log(JSON.stringify({ edges: Number(row?.[0]), flows: Number(row?.[1]) }));
