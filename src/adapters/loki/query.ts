import type { LokiOptions } from "./options.ts";

/** Pods' flows to anything but pods, in either form of a missing direction; Loki drops the rest before it reads lines. */
const egressSelector = [
  'app="netobserv-flowcollector"',
  'SrcK8S_Type="Pod"',
  'DstK8S_Type!="Pod"',
  'FlowDirection!="0"',
];

/** The LogQL query that the options mean. */
export function queryOf({ query, namespaces }: Pick<LokiOptions, "query" | "namespaces">): string {
  if (query !== undefined) return query;
  // Labels of namespaces hold no character that means something in a regular expression.
  const among = namespaces === undefined ? [] : [`SrcK8S_Namespace=~"${namespaces.join("|")}"`];
  return `{${[...egressSelector, ...among].join(",")}}`;
}
