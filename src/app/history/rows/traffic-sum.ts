import { formatCidr } from "../../../core/net/ip-set.ts";
import { formatIp } from "../../../core/net/ip.ts";
import type { TrafficGroup, TrafficSum } from "../traffic-reader.ts";
import { noPrefix, protocolCodes, verdictCodes } from "./codes.ts";
import type { StoredRow } from "./stored-row.ts";

/**
 * A row with the columns of its groups, and `flows`, `bytes`, `destinations`, `first`, `last`.
 * @param namesOf names of the row's address; left out: the row's own `names`
 */
export function sumOfRow(
  row: StoredRow,
  by: readonly TrafficGroup[],
  namesOf: (row: StoredRow) => readonly string[] = (own) => own.maybeList("names").map(String),
): TrafficSum {
  const has = (...groups: readonly TrafficGroup[]): boolean => groups.some((group) => by.includes(group));
  const prefix = has("address") ? row.number("prefix") : noPrefix;
  return {
    cluster: has("cluster", "namespace", "workload") ? row.text("cluster") : undefined,
    namespace: has("namespace", "workload") ? row.text("namespace") : undefined,
    workload: has("workload") ? { kind: row.text("kind"), name: row.text("workload") } : undefined,
    address: has("address") ? row.address() : undefined,
    prefixLength: prefix === noPrefix ? undefined : prefix - 1,
    names: has("name") ? nameOf(row) : has("address") ? namesOf(row) : undefined,
    protocol: has("protocol", "port") ? protocolCodes[row.number("protocol")] : undefined,
    port: has("port") ? row.number("port") : undefined,
    verdict: has("verdict") ? verdictCodes[row.number("verdict")] : undefined,
    flows: row.number("flows"),
    bytes: row.maybe("bytes"),
    destinations: row.number("destinations"),
    firstSeenMs: row.number("first"),
    lastSeenMs: row.number("last"),
  };
}

/** Empty where no name is known. */
function nameOf(row: StoredRow): readonly string[] {
  const name = row.text("name");
  return name === "" ? [] : [name];
}

/**
 * What people call a group. @param text values of its columns, joined by `/`: `cluster/namespace/kind/workload`, `family/address/prefix`,
 * `protocol/port`, or the one there is
 */
export function keyOfGroup(by: TrafficGroup, text: string): string {
  const [first = "", second = "", third = ""] = text.split("/");
  switch (by) {
    case "protocol":
      return protocolCodes[Number(first)] ?? text;
    case "port":
      return `${protocolCodes[Number(first)] ?? first}/${second}`;
    case "verdict":
      return verdictCodes[Number(first)] ?? text;
    case "address": {
      const address = { family: first === "4" ? 4 : 6, value: BigInt(second) } as const;
      const prefix = Number(third);
      return prefix === noPrefix
        ? formatIp(address)
        : formatCidr({ family: address.family, first: address.value, prefixLength: prefix - 1 });
    }
    default:
      return text;
  }
}
