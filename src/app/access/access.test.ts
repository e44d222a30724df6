import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ok, fail } from "../../core/result.ts";
import type { User } from "../state/people.ts";
import type { NamespaceRef } from "../wire/list.ts";
import { accessByReviews } from "./access-by-reviews.ts";
import type { Access, Verb } from "./access.ts";
import { chooseAccess, tokenPrincipal } from "./choose-access.ts";
import { accessByGrants, matches } from "./grants.ts";
import { postern, type Principal } from "./principal.ts";
import type { ReviewedAction } from "./reviews.ts";

const ada: Principal = { subject: "oidc:x#ada", name: "Ada", groups: ["ops"], kubernetesUser: "ada" };
const place = (text: string): NamespaceRef | undefined => {
  const [cluster = "", namespace = ""] = text.split("/");
  return text === "server" ? undefined : { cluster, namespace };
};
const known = (grants: User["grants"], more: Partial<User> = {}): Access =>
  accessByGrants({
    bySubject: (subject) =>
      Promise.resolve({
        subject,
        name: "Ada",
        passwordHash: undefined,
        isAdministrator: false,
        grants,
        createdAtMs: 0,
        disabledAtMs: undefined,
        lastSeenMs: undefined,
        ...more,
      }),
  });

describe("grants", () => {
  test.each([
    ["view east/shop", "view", "east/shop", true],
    ["view east/shop", "view", "east/shop2", false],
    ["view east/shop", "view", "west/shop", false],
    ["view east/shop", "view", "server", false],
    ["view east/shop", "edit", "east/shop", false],
    ["edit east/*", "view", "east/bank", true],
    ["edit east/*", "approve", "east/bank", false],
    ["approve */shop-*", "view", "west/shop-a", true],
    ["approve */shop-*", "edit", "west/shop-a", false],
    ["approve */shop-*", "approve", "west/shop", false],
    ["administer east/shop", "approve", "east/shop", true],
    ["administer east/shop", "administer", "server", false],
    ["administer */*", "administer", "server", false],
    ["administer *", "administer", "server", true],
    ["view *", "view", "server", true],
    ["view *", "edit", "east/shop", false],
    ["delete *", "view", "east/shop", false],
  ] as const)("%s: may %s in %s: %s", async (grant, verb, where, expected) => {
    const [own = "", pattern = ""] = grant.split(" ");
    expect(await known([{ verb: own, where: pattern }]).may(ada, verb, place(where))).toBe(expected);
  });

  test("of somebody who is disabled are none, of an administrator all", async () => {
    const grants = [{ verb: "view", where: "*" }];
    expect(await known(grants, { disabledAtMs: 1, isAdministrator: true }).may(ada, "view", undefined)).toBe(false);
    expect(await known([], { isAdministrator: true }).may(ada, "administer", undefined)).toBe(true);
  });

  test("of the configuration are not for somebody who is disabled here", async () => {
    const gone = { bySubject: () => Promise.resolve({ disabledAtMs: 1, grants: [] } as unknown as User) };
    const access = accessByGrants(gone, [{ subjects: ["oidc:*"], groups: [], verb: "approve", where: "*" }]);
    expect(await access.may(ada, "approve", place("east/shop"))).toBe(false);
    expect(await access.among(ada, "view", [place("east/shop")!])).toEqual([]);
  });

  test.each([
    ["a group", { subjects: [], groups: ["ops"] }, true],
    ["another group", { subjects: [], groups: ["dev"] }, false],
    ["a subject", { subjects: ["oidc:x#*"], groups: [] }, true],
    ["nobody", { subjects: [], groups: [] }, false],
  ])("of the configuration are for %s", async (_, whose, expected) => {
    const nobody = { bySubject: () => Promise.resolve(undefined) };
    const access = accessByGrants(nobody, [{ ...whose, verb: "approve", where: "east/*" }]);
    expect(await access.may(ada, "approve", place("east/shop"))).toBe(expected);
  });

  test("among says what may says", async () => {
    const all = ["east/a", "east/b", "west/a"].map((text) => place(text)!);
    const access = known([{ verb: "view", where: "east/*" }]);
    expect(await access.among(ada, "view", all)).toEqual(all.slice(0, 2));
    expect(await access.among(ada, "approve", all)).toEqual([]);
    expect(await known([{ verb: "view", where: "*" }]).among(ada, "view", all)).toBe("all");
  });

  test("a pattern matches as its obvious regular expression does", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", ".", "/"), maxLength: 12 });
    const texts = fc.string({ unit: fc.constantFrom("a", "b", ".", "/"), maxLength: 12 });
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        const source = pattern
          .split("*")
          .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`))
          .join(".*");
        expect(matches(pattern, text)).toBe(new RegExp(`^${source}$`, "s").test(text));
      }),
    );
  });
});

describe("reviews", () => {
  const asked: string[] = [];
  function reviewed(
    allowed: (action: ReviewedAction) => boolean,
    more: { home?: string; fails?: boolean; clusters?: readonly string[] } = {},
  ): Access {
    asked.length = 0;
    let nowMs = 0;
    const reviewer = {
      mayDo: (user: { readonly name: string }, action: ReviewedAction) => {
        const { verb, resource, subresource, namespace = "*" } = action;
        asked.push(
          `${user.name} ${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`} in ${namespace}`,
        );
        nowMs += 1;
        if (more.fails === true) return Promise.resolve(fail({ code: "cluster_review", message: "away" }));
        return Promise.resolve(ok(allowed(action)));
      },
    };
    return accessByReviews({
      reviewerOf: (cluster) => (cluster === "east" ? reviewer : undefined),
      clusters: more.clusters ?? ["east"],
      home: more.home ?? "east",
      nowMs: () => nowMs,
      onTrouble: () => undefined,
    });
  }

  test.each([
    ["view", "egressfirewalls"],
    ["view", "networkpolicies"],
    ["edit", "proposals"],
    ["administer", "settings"],
  ] as const)("to %s is what may be done with %s", async (verb, resource) => {
    const access = reviewed(
      ({ resource: own, subresource, namespace }) =>
        own === resource && subresource === undefined && namespace === "shop",
    );
    expect(await access.may(ada, verb, place("east/shop"))).toBe(true);
    expect(await access.may(ada, verb, place("east/bank"))).toBe(false);
    expect(await access.may(ada, "approve", place("east/shop"))).toBe(false);
  });

  test("to approve is not to edit", async () => {
    const access = reviewed((action) => action.subresource === "approve");
    expect(await access.may(ada, "approve", place("east/shop"))).toBe(true);
    expect(await access.may(ada, "edit", place("east/shop"))).toBe(false);
  });

  test("somebody the cluster does not know may nothing, and nothing is asked", async () => {
    const access = reviewed(() => true);
    expect(await access.may({ ...ada, kubernetesUser: undefined }, "view", place("east/shop"))).toBe(false);
    expect(asked).toEqual([]);
  });

  test("a cluster that is away, or is not known, says no; and is asked again the next time", async () => {
    const access = reviewed(() => true, { fails: true });
    expect(await access.may(ada, "administer", place("east/shop"))).toBe(false);
    const before = asked.length;
    expect(await access.may(ada, "administer", place("east/shop"))).toBe(false);
    expect(asked.length).toBeGreaterThan(before);
    expect(await access.may(ada, "view", place("west/shop"))).toBe(false);
  });

  test("the home cluster's word holds for the server, another's does not", async () => {
    expect(await reviewed(() => true).may(ada, "administer", undefined)).toBe(true);
    expect(await reviewed(() => true, { home: "west" }).may(ada, "administer", undefined)).toBe(false);
  });

  test("a thousand namespaces are asked about once, however many ask at once, and whoever may everywhere with one question", async () => {
    const all = Array.from({ length: 1_000 }, (_, i) => ({ cluster: "east", namespace: `n-${i}` }));
    const wide = reviewed(({ namespace }) => namespace === undefined);
    expect(await wide.among(ada, "edit", all)).toBe("all");
    expect(asked).toEqual(["ada create proposals in *"]);
    const some = reviewed(({ namespace }) => namespace === "n-7");
    const [one, other] = await Promise.all([some.among(ada, "edit", all), some.among(ada, "edit", all)]);
    expect([one, other]).toEqual([[all[7]], [all[7]]]);
    expect(asked).toHaveLength(1_001);
    await some.among(ada, "edit", all);
    expect(asked).toHaveLength(1_001);
  });

  test("all of one cluster is not all, while there is another", async () => {
    const access = reviewed(() => true, { clusters: ["east", "west"] });
    const shop = place("east/shop")!;
    expect(await access.among(ada, "view", [shop])).toEqual([shop]);
  });

  test("groups are part of the question", async () => {
    const access = reviewed(() => true);
    await access.may(ada, "edit", place("east/shop"));
    await access.may({ ...ada, groups: [] }, "edit", place("east/shop"));
    expect(asked).toHaveLength(2);
  });
});

describe("whoever asks", () => {
  const yes = (verbs: readonly Verb[]): Access => ({
    may: (_, verb) => Promise.resolve(verbs.includes(verb)),
    among: (_, verb, among) => Promise.resolve(verbs.includes(verb) ? among.slice(0, 1) : []),
  });
  const access = chooseAccess([yes(["view"]), yes(["edit"])]);
  const east = { cluster: "east", namespace: "shop" };

  test("may what any way lets them", async () => {
    expect(await Promise.all(["view", "edit", "approve"].map((verb) => access.may(ada, verb as Verb, east)))).toEqual([
      true,
      true,
      false,
    ]);
    const two = chooseAccess([yes(["view"]), yes(["view"])]);
    const all = [east, { ...east, namespace: "a" }, { ...east, namespace: "b" }];
    expect(await two.among(ada, "view", all)).toEqual(all.slice(0, 2));
  });

  test("as the server itself may everything, and nobody else by its name", async () => {
    expect(await access.may(postern, "administer", undefined)).toBe(true);
    expect(await access.may({ ...postern }, "administer", undefined)).toBe(false);
  });

  test.each([
    ["east", "view", east, true],
    ["west", "view", east, false],
    ["east", "edit", east, false],
    ["*", "administer", undefined, false],
    ["*", "view", undefined, true],
    ["east", "view", undefined, false],
  ] as const)("with a token for %s may %s in %o: %s", async (cluster, verb, where, expected) => {
    expect(await access.may(tokenPrincipal("0123", [cluster]), verb, where)).toBe(expected);
  });
});
