import type { NamespaceRef } from "../../../app/wire/list.ts";
import type { Parameters } from "../api/client.ts";

/** Addresses of pages, written in one place. */
export function namespacePath({ cluster, namespace }: NamespaceRef, tab?: string): string {
  const path = `/namespaces/${encodeURIComponent(cluster)}/${encodeURIComponent(namespace)}`;
  return tab === undefined ? path : `${path}?tab=${tab}`;
}

export function proposalPath(id: string): string {
  return `/proposals/${encodeURIComponent(id)}`;
}

/** Names of sources may be `..`, so they are no parts of a path. */
export function sourcePath(of: {
  readonly cluster: string;
  readonly observer: string;
  readonly source: string;
}): string {
  return withQuery("/sources/one", { ...of });
}

/** The flows behind a number: filters and groups of the traffic page. */
export function trafficPath(parameters: Parameters): string {
  return withQuery("/traffic", parameters);
}

export function withQuery(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === "") continue;
    for (const each of typeof value === "object" ? value : [value]) query.append(name, String(each));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
