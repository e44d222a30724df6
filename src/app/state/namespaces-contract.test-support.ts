import { expect } from "vitest";
import type { NamespaceRecord, StoredFinding } from "./namespaces.ts";
import type { State } from "./state.ts";

type On = (what: string, check: (state: State) => Promise<void>) => void;

const shop = { cluster: "east", namespace: "shop" };
const bank = { cluster: "east", namespace: "bank" };

const fresh: NamespaceRecord = {
  ...shop,
  phase: "observe",
  threshold: undefined,
  reviewByMs: undefined,
  stoppedBecause: undefined,
  coverage: "unknown",
  readinessDay: undefined,
  exposure: undefined,
  findings: 0,
  learnedAtMs: undefined,
  evidenceDigest: undefined,
  flows: 0,
  destinations: 0,
  workloads: 0,
  firstSeenMs: undefined,
  lastSeenMs: undefined,
  countedAtMs: undefined,
};

const learned: Partial<NamespaceRecord> = {
  phase: "automate",
  threshold: 0.99,
  reviewByMs: 253_402_300_799_999,
  stoppedBecause: "a denied connection",
  coverage: "enforced",
  readinessDay: 0.875,
  exposure: { v4: 12.5, v6: null, unresolvedRules: 2 },
  findings: 3,
  learnedAtMs: 5,
  evidenceDigest: "e1",
  flows: 9_000_000_000,
  destinations: 400,
  workloads: 12,
  firstSeenMs: 1,
  lastSeenMs: 4,
  countedAtMs: 5,
};

const finding: StoredFinding = {
  id: "f1",
  where: shop,
  problem: "zombie",
  severity: "warning",
  lastHitMs: undefined,
  body: "{}",
  fixedManifest: undefined,
};

export function namespaceChecks(on: On): void {
  on("makes a namespace when something is known of it", async ({ decisions: { namespaces } }) => {
    expect(await namespaces.get(shop)).toBeUndefined();
    await namespaces.set(shop, {});
    expect(await namespaces.get(shop)).toEqual(fresh);
    await namespaces.set(shop, learned);
    await namespaces.set(shop, {});
    expect(await namespaces.get(shop)).toEqual({ ...fresh, ...learned });
    await namespaces.set(shop, { stoppedBecause: undefined, exposure: undefined, phase: "review" });
    const stopped = { stoppedBecause: undefined, exposure: undefined, phase: "review" };
    expect(await namespaces.get(shop)).toEqual({ ...fresh, ...learned, ...stopped });
    await namespaces.set(bank, { flows: 1 });
    await namespaces.set({ cluster: "West", namespace: "z" }, {});
    expect((await namespaces.all()).map(({ namespace }) => namespace)).toEqual(["z", "bank", "shop"]);
  });

  on("keeps a namespace's days", async ({ decisions: { namespaces } }) => {
    const day = { dayMs: 86_400_000, exposure: 16, readiness: undefined, denied: 2 };
    await namespaces.setDay(shop, { ...day, dayMs: 0 });
    await namespaces.setDay(shop, { ...day, denied: 1 });
    await namespaces.setDay(shop, day);
    await namespaces.setDay(bank, day);
    expect(await namespaces.days(shop, 0)).toEqual([{ ...day, dayMs: 0 }, day]);
    expect(await namespaces.days(shop, 1)).toEqual([day]);
    expect(await namespaces.allDays(1)).toEqual([
      { ...bank, ...day },
      { ...shop, ...day },
    ]);
    expect(await namespaces.allDays(0, 86_400_000)).toEqual([{ ...shop, ...day, dayMs: 0 }]);
  });

  on("replaces the findings of a namespace", async ({ decisions: { namespaces } }) => {
    const fixed = { ...finding, id: "f2", lastHitMs: 7, fixedManifest: "kind: EgressFirewall\n" };
    await namespaces.setFindings(shop, [finding, fixed, fixed]);
    await namespaces.setFindings(bank, [{ ...finding, id: "f3", where: bank }]);
    expect((await namespaces.allFindings()).map(({ id }) => id)).toEqual(["f3", "f1", "f2"]);
    expect(await namespaces.finding("f2")).toEqual(fixed);
    await namespaces.setFindings(shop, [fixed]);
    expect(await namespaces.finding("f1")).toBeUndefined();
    await namespaces.setFindings(shop, []);
    expect((await namespaces.allFindings()).map(({ id }) => id)).toEqual(["f3"]);
    const each = (await namespaces.allFindings()).map(({ where }) => where);
    for (const where of each) {
      expect((await namespaces.findingsOf(where)).map(({ id }) => id)).toEqual(["f3"]);
      expect(await namespaces.findingsOf({ ...where, namespace: `${where.namespace}-other` })).toEqual([]);
    }
  });

  on("keeps every version of a law", async ({ decisions: { laws } }) => {
    const law = { name: "company", version: 1, text: "a: 1\n", changedAtMs: 1, changedBy: { subject: "s", name: "S" } };
    expect(await laws.add({ ...law, version: 2 })).toBe(false);
    expect(await laws.add(law)).toBe(true);
    expect(await laws.add({ ...law, text: "b" })).toBe(false);
    expect(await laws.add({ ...law, version: 2, text: "a: 2\n" })).toBe(true);
    expect(await laws.add({ ...law, version: 4 })).toBe(false);
    await laws.add({ ...law, name: "another" });
    expect((await laws.current()).map(({ name, version }) => `${name}@${version}`)).toEqual(["another@1", "company@2"]);
    expect(await laws.versions("company")).toEqual([law, { ...law, version: 2, text: "a: 2\n" }]);
    expect(await laws.versions("none")).toEqual([]);
    const tries = await Promise.all(Array.from({ length: 5 }, () => laws.add({ ...law, version: 3 })));
    expect(tries.filter(Boolean)).toHaveLength(1);
  });
}
