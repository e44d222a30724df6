import { hourMs, protocolCodes, verdictCodes } from "../../app/history/rows/codes.ts";
import type { TrafficFilter } from "../../app/history/traffic-reader.ts";
import { type Cidr, lastOf } from "../../core/net/ip-set.ts";
import { parseIp } from "../../core/net/ip.ts";
import { countedHours, edgeColumns } from "./edge-sql.ts";
import type { Parameters } from "./rows-of.ts";
import { type HourScope, hourScope, oneOf, rolledBefore } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

/** Rows that a question is about, with the values that its statement names. */
export interface TrafficRows {
  /** A relation with the columns of `countedHours`, whose sums are the counts; an edge may have several rows in an hour. */
  readonly counted: string;
  /** Whose rows these are, on `space` and `owner`: what others heard is not told. Undefined: anybody's. */
  readonly whose: string | undefined;
  readonly parameters: Parameters;
}

/** @returns undefined when nothing stored can match */
export async function trafficRows(snapshot: Snapshot, filter: TrafficFilter): Promise<TrafficRows | undefined> {
  const parameters: Parameters = {};
  const conditions: string[] = [];
  const owners = await matchingOwners(snapshot, filter);
  if (owners?.length === 0) return undefined;
  const whose = owners?.map((one) => one.condition).join(" AND ");
  if (whose !== undefined) conditions.push(whose);
  const codes = (column: string, wanted: readonly number[] | undefined): void => {
    if (wanted !== undefined && wanted.length > 0) conditions.push(oneOf(column, [...new Set(wanted)]));
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
  const { blocks = [], names = [], text = "" } = filter;
  if (blocks.length > 0) conditions.push(`(${blocks.map(insideBlock).join(" OR ")})`);
  if (names.length > 0) {
    conditions.push(named(names.map((name, i) => nameCondition(name, `name${i}`, parameters)).join(" OR ")));
  }
  if (text !== "") conditions.push(await textCondition(snapshot, text, parameters));
  const scope = hourScope(filter.window, await rolledBefore(snapshot));
  conditions.push(scope.condition);
  const condition = conditions.join(" AND ");
  return { counted: await sumsOfRows(snapshot, condition, scope, parameters), whose, parameters };
}

/**
 * Rows whose sums are the counts of edges. Only where several sources told of one namespace must the larger of their counts
 * be found for each edge and hour, which costs many times what adding up costs.
 */
async function sumsOfRows(
  snapshot: Snapshot,
  condition: string,
  scope: HourScope,
  parameters: Parameters,
): Promise<string> {
  const shared = await snapshot.rows(
    `SELECT space FROM all_edge_rows WHERE ${condition} GROUP BY space HAVING min(source) < max(source) ORDER BY space`,
    parameters,
  );
  const spaces = shared.map((row) => row.number("space"));
  const apart = (isShared: boolean): string =>
    spaces.length === 0 ? condition : `${condition} AND ${isShared ? "" : "NOT "}(${oneOf("space", spaces)})`;
  const alone = `
    SELECT space, owner, ${edgeColumns}, ${scope.hour} AS hour, flows, bytes,
      hour * ${hourMs}::BIGINT + first_ms AS first, hour * ${hourMs}::BIGINT + last_ms AS last
    FROM all_edge_rows WHERE ${apart(false)}`;
  if (spaces.length === 0) return alone;
  return `${alone} UNION ALL ${countedHours(`all_edge_rows WHERE ${apart(true)}`, scope)}`;
}

/** Conditions on owners that pick workloads; undefined: all of them do, empty: none does. */
async function matchingOwners(
  snapshot: Snapshot,
  { within, clusters = [], namespaces = [], workloads = [] }: TrafficFilter,
): Promise<readonly { readonly condition: string }[] | undefined> {
  if (within === undefined && clusters.length === 0 && namespaces.length === 0 && workloads.length === 0)
    return undefined;
  const rows = await snapshot.rows("SELECT id, space, cluster, namespace, kind, name AS workload FROM owners");
  const allowed = within === undefined ? undefined : new Set(within.map((one) => `${one.cluster}\0${one.namespace}`));
  const [ofCluster, ofNamespace] = [new Set(clusters), new Set(namespaces)];
  const ofWorkload = new Set(workloads.map(({ kind, name }) => `${kind}/${name}`));
  const spaces = new Set<number>();
  const ids: number[] = [];
  for (const row of rows) {
    const { cluster, namespace, workload } = row.owner();
    if (allowed?.has(`${cluster}\0${namespace}`) === false) continue;
    if (ofCluster.size > 0 && !ofCluster.has(cluster)) continue;
    if (ofNamespace.size > 0 && !ofNamespace.has(namespace)) continue;
    if (ofWorkload.size > 0 && !ofWorkload.has(`${workload.kind}/${workload.name}`)) continue;
    spaces.add(row.number("space"));
    ids.push(row.number("id"));
  }
  if (ids.length === 0) return [];
  const inSpaces = { condition: oneOf("space", [...spaces]) };
  return ofWorkload.size === 0 ? [inSpaces] : [inSpaces, { condition: oneOf("owner", ids) }];
}

/** A block that a source told counts when it lies inside as a whole: it is asked by its first address and its length. */
function insideBlock(block: Cidr): string {
  const { family, first, prefixLength } = block;
  const isWhole = `(prefix = 0 OR prefix > ${prefixLength})`;
  return `(family = ${family} AND address BETWEEN ${first}::UHUGEINT AND ${lastOf(block)}::UHUGEINT AND ${isWhole})`;
}

/** Edges to an address that their workload heard one of these names for. */
function named(condition: string): string {
  return `(space, owner, family, address) IN (SELECT (space, owner, family, address) FROM all_name_rows WHERE ${condition})`;
}

function nameCondition(name: string, key: string, parameters: Parameters): string {
  if (!name.startsWith("*.")) {
    parameters[key] = name;
    return `name = $${key}`;
  }
  parameters[key] = name.slice(1);
  return `ends_with(name, $${key})`;
}

async function textCondition(snapshot: Snapshot, text: string, parameters: Parameters): Promise<string> {
  const low = text.toLowerCase();
  const rows = await snapshot.rows(
    "SELECT id FROM owners WHERE contains(lower(namespace), $text) OR contains(lower(name), $text)",
    { text: low },
  );
  const ids = rows.map((row) => row.number("id"));
  parameters.text = low;
  const conditions = [named("contains(lower(name), $text)")];
  if (ids.length > 0) conditions.push(oneOf("owner", ids));
  const address = parseIp(text.trim());
  if (address.ok) {
    const { family, value } = address.value;
    conditions.push(`(family = ${family} AND address = ${value}::UHUGEINT)`);
  }
  return `(${conditions.map((one) => `(${one})`).join(" OR ")})`;
}
