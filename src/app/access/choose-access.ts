import { everyCluster } from "../state/tokens.ts";
import type { Access } from "./access.ts";
import { postern, type Principal } from "./principal.ts";

/** For a program with one of this server's tokens: it reads, in the clusters that the token names (as groups), and that is all. */
const accessOfTokens: Access = {
  may: (who, verb, where) => {
    const isWide = who.groups.includes(everyCluster);
    return Promise.resolve(verb === "view" && (isWide || (where !== undefined && who.groups.includes(where.cluster))));
  },
  among: (who, verb, among) => {
    if (verb !== "view") return Promise.resolve([]);
    if (who.groups.includes(everyCluster)) return Promise.resolve("all");
    return Promise.resolve(among.filter(({ cluster }) => who.groups.includes(cluster)));
  },
};

/**
 * Who says what a principal may do. The server itself may do everything, a token reads; for people any of `ways` that says yes is
 * enough, and none that says no takes it away.
 */
export function chooseAccess(ways: readonly Access[]): Access {
  const waysOf = (who: Principal): readonly Access[] => {
    if (who.subject.startsWith("token:")) return [accessOfTokens];
    return ways;
  };
  return {
    may: async (who, verb, where) => {
      if (who === postern) return true;
      for (const way of waysOf(who)) {
        if (await way.may(who, verb, where)) return true;
      }
      return false;
    },
    among: async (who, verb, among) => {
      if (who === postern) return "all";
      const left = new Set(among);
      for (const way of waysOf(who)) {
        if (left.size === 0 && among.length > 0) break;
        const allowed = await way.among(who, verb, [...left]);
        if (allowed === "all") return "all";
        for (const where of allowed) left.delete(where);
      }
      return among.filter((where) => !left.has(where));
    },
  };
}

/** Somebody with one of this server's tokens. */
export function tokenPrincipal(id: string, clusters: readonly string[]): Principal {
  return { subject: `token:${id}`, name: `token ${id}`, groups: clusters, kubernetesUser: undefined };
}
