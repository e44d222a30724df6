import type { Failure } from "../failure.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { Access, Verb } from "./access.ts";
import type { Principal } from "./principal.ts";
import { ReviewCache } from "./review-cache.ts";
import type { AccessReviewer, ReviewedAction } from "./reviews.ts";

type Asked = Omit<ReviewedAction, "namespace">;

/**
 * What each verb is for the cluster's RBAC; any of the actions is enough. To see is what the cluster lets see: who may read the policies of
 * a namespace may read what Postern says about them. The rest are resources that no cluster serves and every role can name, as
 * `proposals.postern.dev`; so the cluster's administrators say who reviews. The same table is in docs/sign-in.md.
 */
export const reviewedActions: Readonly<Record<Verb, readonly Asked[]>> = {
  view: [
    { group: "k8s.ovn.org", resource: "egressfirewalls", verb: "get" },
    { group: "networking.k8s.io", resource: "networkpolicies", verb: "get" },
  ],
  edit: [{ group: "postern.dev", resource: "proposals", verb: "create" }],
  approve: [{ group: "postern.dev", resource: "proposals", subresource: "approve", verb: "create" }],
  administer: [{ group: "postern.dev", resource: "settings", verb: "update" }],
};

export interface ReviewParts {
  /** Undefined for a cluster that cannot be asked: nobody may do anything there by this way. */
  readonly reviewerOf: (cluster: string) => AccessReviewer | undefined;
  /** Those that can be asked. */
  readonly clusters: readonly string[];
  /** The cluster whose word holds for the server itself; undefined: none. */
  readonly home: string | undefined;
  readonly nowMs: () => number;
  readonly onTrouble: (cluster: string, failure: Failure) => void;
}

/** Questions to one cluster at the same time. */
const mostAtOnce = 16;
/** A cluster that does not answer must not hold a page for longer. */
const patienceMs = 5_000;

/** Permission as clusters give it to the users they know, by SubjectAccessReview. */
export function accessByReviews({ reviewerOf, clusters: known, home, nowMs, onTrouble }: ReviewParts): Access {
  const cache = new ReviewCache(nowMs, mostAtOnce);

  async function mayIn(who: Principal, verb: Verb, cluster: string, namespace: string | undefined): Promise<boolean> {
    const reviewer = reviewerOf(cluster);
    const { kubernetesUser: name, groups } = who;
    if (reviewer === undefined || name === undefined) return false;
    for (const asked of reviewedActions[verb]) {
      const action: ReviewedAction = { ...asked, namespace };
      const key = JSON.stringify([cluster, name, groups, action]);
      const isAllowed = await cache.answer(cluster, key, async () => {
        const answer = await reviewer.mayDo({ name, groups }, action, AbortSignal.timeout(patienceMs));
        if (!answer.ok) onTrouble(cluster, answer.error);
        return answer.ok ? answer.value : undefined;
      });
      if (isAllowed) return true;
    }
    return false;
  }

  /** Whoever may everywhere is asked about once, not once a namespace. */
  const mayEverywhere = (who: Principal, verb: Verb, cluster: string): Promise<boolean> =>
    mayIn(who, verb, cluster, undefined);

  return {
    may: async (who, verb, where) => {
      if (where === undefined) return home !== undefined && mayEverywhere(who, verb, home);
      return (await mayIn(who, verb, where.cluster, where.namespace)) || mayEverywhere(who, verb, where.cluster);
    },
    among: async (who, verb, among) => {
      // Those of which nothing is asked as well: "all" is everything there will be.
      const clusters = [...new Set([...known, ...among.map(({ cluster }) => cluster)])];
      const wide = new Set<string>();
      await Promise.all(
        clusters.map(async (cluster) => (await mayEverywhere(who, verb, cluster)) && wide.add(cluster)),
      );
      if (clusters.length > 0 && wide.size === clusters.length) return "all";
      const allowed = await Promise.all(
        among.map(async (where: NamespaceRef) => {
          return wide.has(where.cluster) || mayIn(who, verb, where.cluster, where.namespace);
        }),
      );
      return among.filter((_, i) => allowed[i] === true);
    },
  };
}
