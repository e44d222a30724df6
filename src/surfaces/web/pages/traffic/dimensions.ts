import type { TrafficRow } from "../../../../app/wire/traffic.ts";
import type { ListFilter } from "../../parts/list-filter.ts";

/** What traffic is filtered and grouped by; the words of the API. */
export const dimensions = [
  { value: "cluster", label: "Cluster", example: "east" },
  { value: "namespace", label: "Namespace", example: "shop" },
  { value: "workload", label: "Workload", example: "Deployment/cart" },
  { value: "address", label: "Address", example: "203.0.113.7 or 10.0.0.0/8" },
  { value: "name", label: "Name", example: "api.example.com or *.example.com" },
  { value: "protocol", label: "Protocol", example: "tcp" },
  { value: "port", label: "Port", example: "443" },
  { value: "verdict", label: "Verdict", example: "denied" },
] as const;

export type Dimension = (typeof dimensions)[number]["value"];

export function isDimension(text: string): text is Dimension {
  return dimensions.some(({ value }) => value === text);
}

export function labelOf(dimension: Dimension): string {
  return dimensions.find(({ value }) => value === dimension)?.label ?? dimension;
}

/** What a group is known by, in the order of columns: a namespace is one of its cluster, a workload one of its namespace. */
export function tellingApart(by: readonly Dimension[]): readonly Dimension[] {
  const isOfCluster = by.includes("namespace") || by.includes("workload");
  return dimensions
    .map(({ value }) => value)
    .filter(
      (one) =>
        by.includes(one) || (one === "cluster" && isOfCluster) || (one === "namespace" && by.includes("workload")),
    );
}

export const filters: readonly ListFilter[] = dimensions.map(({ value, label, example }) =>
  value === "verdict"
    ? {
        kind: "choice",
        parameter: value,
        title: label,
        options: [
          { value: "allowed", label: "Allowed" },
          { value: "denied", label: "Denied" },
          { value: "unanswered", label: "No answer" },
          { value: "seen", label: "Seen" },
        ],
      }
    : { kind: "text", parameter: value, title: label, placeholder: example },
);

/** Value of a row by which one can filter; undefined where the row has none. */
export function valueOf(row: TrafficRow, dimension: Dimension): string | undefined {
  if (dimension === "name") return row.names?.[0];
  const value = row[dimension];
  return value === undefined || value === "" ? undefined : String(value);
}

/** Why a typed value cannot be one of the dimension; undefined when it can. */
export function whyNot(dimension: Dimension, value: string): string | undefined {
  if (dimension === "port" && !/^\d{1,5}$/.test(value)) return "a port is a number of 0 to 65535";
  if (dimension === "port" && Number(value) > 65_535) return "a port is a number of 0 to 65535";
  if (dimension === "address" && !/^[\da-f.:]+(?:\/\d{1,3})?$/i.test(value)) {
    return "an address looks like `203.0.113.7`, a block like `10.0.0.0/8`";
  }
  return undefined;
}
