import type { StoredCoarse, StoredName, Talker } from "../edge-store.ts";
import { noPort, noProtocol, originCodes, protocolCodes, verdictCodes } from "./codes.ts";
import type { StoredRow } from "./stored-row.ts";

export function nameOfRow(row: StoredRow): StoredName {
  return {
    ...row.owner(),
    name: row.text("name"),
    address: row.address(),
    from: originCodes[row.number("origin")] ?? "flow",
    chain: row.list("chain").map(String),
    ttlSeconds: row.maybe("ttl"),
    count: row.number("count"),
    firstSeenMs: row.number("first_ms"),
    lastSeenMs: row.number("last_ms"),
  };
}

export function talkerOfRow(row: StoredRow, of: "workload" | "namespace" | "destination"): Talker {
  return {
    cluster: row.text("cluster"),
    namespace: of === "destination" ? undefined : row.text("namespace"),
    workload: of === "workload" ? row.owner().workload : undefined,
    address: of === "destination" ? row.address() : undefined,
    flows: row.number("flows"),
    bytes: row.maybe("bytes"),
    destinations: row.number("destinations"),
  };
}

export function coarseOfRow(row: StoredRow): StoredCoarse {
  const [protocol, port] = [row.number("protocol"), row.number("port")];
  return {
    ...row.owner(),
    source: row.text("source"),
    destination: row.text("destination"),
    protocol: protocol === noProtocol ? undefined : (protocolCodes[protocol] ?? "other"),
    port: port === noPort ? undefined : port,
    verdict: verdictCodes[row.number("verdict")] ?? "seen",
    hour: row.number("counted_hour"),
    lastHour: row.number("last_hour"),
    flows: row.maybe("flows"),
    bytes: row.maybe("bytes"),
  };
}
