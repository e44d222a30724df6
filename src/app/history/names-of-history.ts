import type { NameQuery, StoredName } from "./edge-store.ts";
import { maxHistoryRows } from "./history-codec.ts";
import type { HistoryReader } from "./history-reader.ts";

/** The evidence of each namespace that found room, and how many names are known to have found none. */
export interface NamesRead {
  readonly names: readonly StoredName[];
  readonly overflow: number;
}

/**
 * What became known of names, namespace by namespace. Each has an equal share of the room, and what some leave goes to those
 * that have more: a pod that makes up names by the million costs its own namespace, and not those that come after it.
 */
export async function namesOfHistory(
  reader: Pick<HistoryReader, "names">,
  asked: Omit<NameQuery, "namespace" | "limit">,
  namespaces: readonly string[],
  limit: number,
): Promise<NamesRead> {
  const share = Math.max(1, Math.floor(limit / Math.max(1, namespaces.length)));
  const read = (namespace: string, places: number): Promise<readonly StoredName[]> =>
    reader.names({ ...asked, namespace, limit: Math.min(maxHistoryRows, places + 1) });
  const names: StoredName[] = [];
  const larger: { readonly namespace: string; readonly first: readonly StoredName[] }[] = [];
  for (const namespace of namespaces) {
    const own = await read(namespace, share);
    if (own.length > share) larger.push({ namespace, first: own });
    else for (const name of own) names.push(name);
  }
  let overflow = 0;
  for (const [i, { namespace, first }] of larger.entries()) {
    const places = Math.max(0, Math.floor((limit - names.length) / (larger.length - i)));
    const own = places > share ? await read(namespace, places) : first;
    overflow += Math.max(0, own.length - places);
    for (const name of own.slice(0, places)) names.push(name);
  }
  return { names, overflow };
}
