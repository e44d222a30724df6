import { newUser, userChange, type UserView } from "../../src/app/wire/users.ts";
import type { FixtureAnswer, FixtureRequest } from "./fixture-api.ts";

/** Somebody in each state. */
export function fixtureUsers(): Map<string, UserView> {
  const user = (name: string, title: string, more: Partial<UserView>): [string, UserView] => [
    name,
    {
      person: { subject: `local:${name}`, name: title },
      isAdministrator: false,
      grants: [],
      hasPassword: true,
      isDisabled: false,
      lastSeenMs: null,
      ...more,
    },
  ];
  const grants: UserView["grants"] = [
    { verb: "view", where: "*" },
    { verb: "edit", where: "east/shop-*" },
    { verb: "approve", where: "east/shop-*" },
  ];
  return new Map([
    user("ada", "Ada", { isAdministrator: true, lastSeenMs: Date.now() - 60_000 }),
    user("grace", "Grace Hopper", { grants, lastSeenMs: Date.now() - 86_400_000 }),
    user("linus", "linus", { hasPassword: false, grants: [{ verb: "view", where: "west/*" }] }),
    user("eve", "eve", { isDisabled: true }),
  ]);
}

export function usersAnswer(users: Map<string, UserView>, { method, path, body }: FixtureRequest): FixtureAnswer {
  if (method === "GET") return { status: 200, body: { items: [...users.values()] } };
  if (path.length === 1) {
    const { name, title, isAdministrator, grants } = newUser.parse(body);
    const person = { subject: `local:${name}`, name: title ?? name };
    const user: UserView = { person, isAdministrator, grants, hasPassword: false, isDisabled: false, lastSeenMs: null };
    users.set(name, user);
    return { status: 201, body: { user, link: `made-up-link-of-${name}` } };
  }
  const name = path[1] ?? "";
  const user = users.get(name);
  if (user === undefined) return { status: 404, body: undefined };
  if (path[2] === "link") return { status: 201, body: { user, link: `made-up-link-of-${name}` } };
  const {
    isAdministrator = user.isAdministrator,
    grants = user.grants,
    isDisabled = user.isDisabled,
  } = userChange.parse(body);
  const changed = { ...user, isAdministrator, grants, isDisabled };
  users.set(name, changed);
  return { status: 200, body: changed };
}
