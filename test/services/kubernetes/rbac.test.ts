/** `deploy/rbac.yaml` and the requests of the observer are held together: neither asks or allows more than the other. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { resourceName, watchedKinds } from "../../../src/adapters/kubernetes/resources.ts";
import type { RecordedRequest } from "./api-double.ts";
import { Role } from "./role.ts";
import type { ServedKind } from "./served-kinds.ts";
import { manifest, until, WatchedDouble } from "./watched-double.ts";

const role = new Role(readFileSync(manifest, "utf8"));
/** A cluster that has everything that could be asked for. */
const everything: readonly ServedKind[] = watchedKinds.map((kind) => ({ ...kind, isNamespaced: true, shortNames: [] }));

const words = ({
  verb,
  group,
  resource,
  name,
}: Pick<RecordedRequest, "verb" | "group" | "resource" | "name">): string =>
  [verb, resource, group, name].filter((word) => word !== "" && word !== undefined).join(" ");

test("the observer asks for what the role allows, with GET, and for all of it", async () => {
  await using one = await WatchedDouble.open();
  one.double.kinds = everything;
  await one.ready();
  await until(() => one.watcher.status().resources.every(({ state }) => state === "watching"));
  await until(() => one.double.watchCount === watchedKinds.length);
  const { requests } = one.double;
  expect(requests.filter(({ method, status }) => method !== "GET" || status !== 200)).toEqual([]);
  const allowed = role.rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [undefined], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => words({ verb, group, resource, name }))),
      ),
    ),
  );
  expect([...new Set(requests.map(words))].toSorted()).toEqual(allowed.toSorted());
});

test("no rule allows anything but reading, and none by wildcard", () => {
  for (const { verbs, apiGroups = [], resources = [], nonResourceURLs = [] } of role.rules) {
    expect(verbs).toEqual(["list", "watch"]);
    expect([...apiGroups, ...resources, ...nonResourceURLs].join()).not.toMatch(/\*|secrets|configmaps|\//);
  }
});

test("nothing else is granted to the service account", () => {
  expect(role.manifests.map(({ kind }) => kind)).toEqual([
    "Namespace",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
  ]);
  expect(role.account).toEqual({ namespace: "postern", name: "postern-observer" });
});

describe("a role without one of the rules", () => {
  test.each(watchedKinds.map((kind) => [resourceName(kind), kind] as const))("%s", async (name, kind) => {
    await using one = await WatchedDouble.open({ recheckMs: 60_000 });
    one.double.kinds = everything;
    one.double.tokens.set(
      "observer-1",
      (asked) => role.allows(asked) && !(asked.resource === kind.resource && asked.group === kind.group),
    );
    await one.ready();
    await until(() =>
      one.watcher.status().resources.every(({ state }) => state === "watching" || state === "forbidden"),
    );
    const { resources, message, state } = one.watcher.status();
    expect(resources.filter((each) => each.state === "forbidden").map((each) => each.name)).toEqual([name]);
    expect([state, message]).toEqual([
      "running",
      expect.stringContaining(`\`${name}\` may not be listed or watched (403)`),
    ]);
  });
});
