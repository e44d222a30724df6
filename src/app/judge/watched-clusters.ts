import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { ClusterView } from "../live/cluster-view.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { ClusterReader, LivePolicy } from "./cluster-reader.ts";
import { liveObject } from "./live-object.ts";

interface Watched {
  readonly view: ClusterView;
  isReady: boolean;
  /** As of a revision of the view's documents. */
  known: { readonly revision: number; readonly atMs: number; readonly byNamespace: ByNamespace } | undefined;
}

/** The whole cluster's stand under the empty name. */
type ByNamespace = ReadonlyMap<string, readonly LivePolicy[]>;

/** Policies are not read more often than this while a controller keeps writing their status. */
const restMs = 1_000;

/**
 * Clusters whose API is watched. One that was never fully listed, or that hides a kind of policy it has, answers undefined: what is
 * not seen must not be taken for what is not there.
 * @param views by name of the cluster, as edges have it
 */
export function watchedClusters(
  views: ReadonlyMap<string, ClusterView>,
  print: (value: unknown) => string,
  nowMs: () => number,
): ClusterReader {
  const clusters = new Map(
    [...views].map(([name, view]) => {
      const watched: Watched = { view, isReady: false, known: undefined };
      const becomeReady = async (): Promise<void> => {
        await view.ready;
        watched.isReady = true;
      };
      void becomeReady();
      return [name, watched] as const;
    }),
  );
  const readyOne = (cluster: string): Watched | undefined => {
    const watched = clusters.get(cluster);
    return watched?.isReady === true ? watched : undefined;
  };
  return {
    facts: (cluster): Promise<ClusterFacts | undefined> => Promise.resolve(readyOne(cluster)?.view.facts()),
    policies: ({ cluster, namespace }: NamespaceRef) => {
      const watched = readyOne(cluster);
      if (watched === undefined || hidesPolicies(watched.view)) return Promise.resolve(undefined);
      const all = policiesOf(watched, print, nowMs());
      return Promise.resolve([...(all.get(namespace) ?? []), ...(all.get("") ?? [])]);
    },
  };
}

/** Kinds of which one that is not seen would make a closed namespace look open, or an open one closed. */
const policyResource = /^(egressfirewalls|egressnetworkpolicies|.*networkpolicies)\./;

function hidesPolicies(view: ClusterView): boolean {
  return view.status().resources.some(({ name, state, syncedAtMs }) => {
    if (!policyResource.test(name) || state === "absent") return false;
    return state === "forbidden" || syncedAtMs === undefined;
  });
}

function policiesOf(watched: Watched, print: (value: unknown) => string, atMs: number): ByNamespace {
  const { view, known } = watched;
  const revision = view.documentsRevision ?? Number.NaN;
  if (known !== undefined && (known.revision === revision || atMs - known.atMs < restMs)) return known.byNamespace;
  const live = view.documents().flatMap((document) => liveObject(document, print) ?? []);
  const byNamespace = Map.groupBy(live, ({ namespace = "" }) => namespace);
  watched.known = { revision, atMs, byNamespace };
  return byNamespace;
}
