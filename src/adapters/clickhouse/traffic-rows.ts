import { protocolCodes, verdictCodes } from "../../app/history/rows/codes.ts";
import type { TrafficFilter } from "../../app/history/traffic-reader.ts";
import { type Cidr, lastOf } from "../../core/net/ip-set.ts";
import { parseIp } from "../../core/net/ip.ts";
import type { QueryParameters, Reader } from "./client.ts";
import { addressColumns, countedHours } from "./edge-sql.ts";
import { type Condition, edgeRows, rolledBefore } from "./scope.ts";

/** Rows that a question about traffic is about, as a relation of {@link countedHours}. */
export async function trafficRows(reader: Reader, filter: TrafficFilter): Promise<Condition> {
  const whose = ownersOf(filter);
  const parameters: QueryParameters = { ...whose.parameters };
  const conditions = whose.sql === "1" ? [] : [whose.sql];
  const list = (key: string, values: readonly string[]): string => {
    parameters[key] = values;
    return `{${key}:Array(String)}`;
  };
  const { blocks = [], names = [], text = "" } = filter;
  const codes = (column: string, wanted: readonly number[] = []): void => {
    if (wanted.length > 0) conditions.push(`${column} IN (${wanted.join(", ")})`);
  };
  codes(
    "protocol",
    filter.protocols?.map((one) => protocolCodes.indexOf(one)),
  );
  codes(
    "verdict",
    filter.verdicts?.map((one) => verdictCodes.indexOf(one)),
  );
  codes("port", filter.ports);
  if (blocks.length > 0) conditions.push(`(${blocks.map(insideBlock).join(" OR ")})`);
  if (names.length > 0) {
    const exact = names.filter((name) => !name.startsWith("*."));
    const below = names.filter((name) => name.startsWith("*.")).map((name) => name.slice(1));
    const isNamed = [
      `name IN ${list("names", exact)}`,
      `arrayExists(suffix -> endsWith(name, suffix), ${list("below", below)})`,
    ];
    conditions.push(named(reader, isNamed.join(" OR ")));
  }
  if (text !== "") {
    parameters.text = text.toLowerCase();
    const found = [
      named(reader, "position(lowerUTF8(name), {text:String}) > 0"),
      "position(lowerUTF8(namespace), {text:String}) > 0",
      "position(lowerUTF8(workload), {text:String}) > 0",
    ];
    const address = parseIp(text.trim());
    if (address.ok) {
      found.push(`(family = ${address.value.family} AND address = toUInt128('${address.value.value}'))`);
    }
    conditions.push(`(${found.join(" OR ")})`);
  }
  const condition = { sql: conditions.length === 0 ? "1" : conditions.join(" AND ") };
  return { sql: countedHours(edgeRows(reader, filter.window, await rolledBefore(reader), condition)), parameters };
}

/** Whose rows a question is about: what others heard is not told either. */
export function ownersOf({ within, clusters = [], namespaces = [], workloads = [] }: TrafficFilter): Condition {
  const parameters: QueryParameters = {};
  const conditions: string[] = [];
  const oneOf = (expression: string, key: string, values: readonly string[]): void => {
    parameters[key] = values;
    conditions.push(`${expression} IN {${key}:Array(String)}`);
  };
  if (within !== undefined) {
    const spaces = within.map(({ cluster, namespace }) => `${cluster}\u0000${namespace}`);
    oneOf("concat(cluster, '\\0', namespace)", "within", spaces);
  }
  if (clusters.length > 0) oneOf("cluster", "clusters", clusters);
  if (namespaces.length > 0) oneOf("namespace", "namespaces", namespaces);
  if (workloads.length > 0) {
    const texts = workloads.map(({ kind, name }) => `${kind}/${name}`);
    oneOf("concat(kind, '/', workload)", "workloads", texts);
  }
  return { sql: conditions.length === 0 ? "1" : conditions.join(" AND "), parameters };
}

/** A block that a source told counts when it lies inside as a whole: it is asked by its first address and its length. */
function insideBlock(block: Cidr): string {
  const { family, first, prefixLength } = block;
  const between = `address BETWEEN toUInt128('${first}') AND toUInt128('${lastOf(block)}')`;
  return `(family = ${family} AND ${between} AND (prefix = 0 OR prefix > ${prefixLength}))`;
}

/** Edges to an address that their workload heard one of these names for. Shards would refuse to ask each other by themselves. */
function named(reader: Reader, condition: string): string {
  return `(${addressColumns}) GLOBAL IN (SELECT ${addressColumns} FROM ${reader.table("names_v1")} WHERE ${condition})`;
}
