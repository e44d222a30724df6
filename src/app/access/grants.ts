import type { User, UserBook } from "../state/people.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { type Access, type Verb, verbs } from "./access.ts";
import type { Principal } from "./principal.ts";

/** What somebody may do by this server's own rules. */
export interface Grant {
  readonly verb: Verb;
  /** `cluster/namespace` with `*` for any run of characters within each; `*` alone is everywhere, the server included. */
  readonly where: string;
}

/** A grant for whoever matches: by subject (`oidc:*` with `*`), or by a group. */
export interface GroupGrant extends Grant {
  readonly subjects: readonly string[];
  readonly groups: readonly string[];
}

/** Whoever may change or decide something may see it; whoever administers may do everything there. */
const implied: Readonly<Record<Verb, readonly Verb[]>> = {
  view: ["view", "edit", "approve", "administer"],
  edit: ["edit", "administer"],
  approve: ["approve", "administer"],
  administer: ["administer"],
};

/** Permission by grants: those of the user, and those of the configuration. */
export function accessByGrants(users: Pick<UserBook, "bySubject">, configured: readonly GroupGrant[] = []): Access {
  const grantsOf = async (who: Principal): Promise<readonly Grant[]> => {
    const user = await users.bySubject(who.subject);
    // Whoever was disabled here is, whatever the configuration lets people of that name do.
    if (user?.disabledAtMs !== undefined) return [];
    return [...ownGrants(user), ...configured.filter((grant) => isFor(grant, who))];
  };
  return {
    may: async (who, verb, where) => (await grantsOf(who)).some((grant) => allows(grant, verb, where)),
    among: async (who, verb, among) => {
      const grants = await grantsOf(who);
      if (grants.some((grant) => allows(grant, verb, undefined))) return "all";
      return among.filter((where) => grants.some((grant) => allows(grant, verb, where)));
    },
  };
}

function ownGrants(user: User | undefined): readonly Grant[] {
  if (user === undefined) return [];
  if (user.isAdministrator) return [{ verb: "administer", where: "*" }];
  return user.grants.flatMap(({ verb, where }) => (isVerb(verb) ? [{ verb, where }] : []));
}

function isFor({ subjects, groups }: GroupGrant, who: Principal): boolean {
  return groups.some((group) => who.groups.includes(group)) || subjects.some((each) => matches(each, who.subject));
}

function allows(grant: Grant, verb: Verb, where: NamespaceRef | undefined): boolean {
  if (!implied[verb].includes(grant.verb)) return false;
  if (grant.where === "*") return true;
  const cut = grant.where.indexOf("/");
  if (where === undefined || cut === -1) return false;
  return matches(grant.where.slice(0, cut), where.cluster) && matches(grant.where.slice(cut + 1), where.namespace);
}

function isVerb(text: string): text is Verb {
  return (verbs as readonly string[]).includes(text);
}

/** `*` is any run of characters. Walks the text once for each star: no pattern makes it slow. */
export function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === text;
  const last = rest.pop()!;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
