import type { UserView } from "../../../../app/wire/users.ts";

/** As the server takes them. */
export const userName: RegExp = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
export const grantPlace: RegExp = /^(?:\*|[^/]{1,253}\/[^/]{1,63})$/;

export type Grant = UserView["grants"][number];

/** What each verb lets somebody do, in the order in which it grows. */
export const verbTitles: Readonly<Record<Grant["verb"], string>> = {
  view: "See",
  edit: "Edit",
  approve: "Decide",
  administer: "Administer",
};

const verbWords: Readonly<Record<Grant["verb"], string>> = {
  view: "sees",
  edit: "edits",
  approve: "decides",
  administer: "administers",
};

/** Grants as they are written in configuration, one a line: `view shop/*`. */
export function grantsOf(text: string): readonly Grant[] {
  return text.split("\n").flatMap((line) => {
    const [verb = "", where = ""] = line.split(" ");
    return verb in verbTitles ? [{ verb: verb as Grant["verb"], where }] : [];
  });
}

/** In one line, for a table: `sees everything, decides shop/pay-*`. */
export function grantWords(grants: readonly Grant[]): string {
  const verbs = (Object.keys(verbWords) as Grant["verb"][]).flatMap((verb) => {
    const places = grants.filter((grant) => grant.verb === verb).map(({ where }) => where);
    if (places.length === 0) return [];
    if (places.includes("*")) return [`${verbWords[verb]} everything`];
    const last = places.at(-1)!;
    return [`${verbWords[verb]} ${places.length === 1 ? last : `${places.slice(0, -1).join(", ")} and ${last}`}`];
  });
  return verbs.length === 0 ? "nothing yet" : verbs.join(", ");
}

export function grantTrouble(where: string): string | undefined {
  return grantPlace.test(where) ? undefined : "Write cluster/namespace, or * for everything";
}

export function userNameTrouble(name: string, taken: readonly string[]): string | undefined {
  if (!userName.test(name)) return "Small letters, digits, `.`, `_` and `-`, at most 63";
  return taken.includes(name) ? "There is somebody of this name" : undefined;
}

type Ruling = Pick<UserView, "isAdministrator" | "hasPassword" | "isDisabled">;

/** Nobody else could let people in again, so this one stays. */
export function isLastAdministrator(user: Ruling, users: readonly Ruling[]): boolean {
  return isRuling(user) && users.every((other) => other === user || !isRuling(other));
}

function isRuling({ isAdministrator, hasPassword, isDisabled }: Ruling): boolean {
  return isAdministrator && hasPassword && !isDisabled;
}

/** The name that somebody signs in with. */
export function signInName({ person }: Pick<UserView, "person">): string {
  return person.subject.replace(/^local:/, "");
}
