import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endTemporary } from "../../src/app/enforce/end-temporary.ts";
import { enforceJobs } from "../../src/app/enforce/enforce-jobs.ts";
import type { EnforceParts } from "../../src/app/enforce/enforce-parts.ts";
import { followProposals, noPace } from "../../src/app/enforce/follow-proposals.ts";
import { stopRollOut } from "../../src/app/enforce/stop-roll-out.ts";
import { recordDelivery } from "../../src/app/proposals/record-delivery.ts";
import type { Delivery, Proposal } from "../../src/pipeline/propose/proposal.ts";
import { enforceWorld, type EnforceWorld } from "./enforce-world.ts";
import { ada, ben, dossierForTest, firewall, must, shop } from "./proposal-world.ts";

const dayMs = 86_400_000;
const minuteMs = 60_000;

let world: EnforceWorld;
beforeEach(async () => {
  world = await enforceWorld();
});
afterEach(async () => {
  await world.close();
});

const signal = new AbortController().signal;
const delivery: Delivery = {
  repository: "egress",
  branch: "postern/east-shop",
  path: "shop/egress-firewall.yaml",
  commit: "a".repeat(40),
  pullRequest: { id: "17", url: undefined, state: "merged" },
  mergeCommit: "b".repeat(40),
  isTakenOver: false,
  trouble: undefined,
};

async function merged(expiresAtMs?: number): Promise<Proposal> {
  let draft = await world.suggested();
  if (expiresAtMs !== undefined) {
    draft = must(await world.desk.edit(ben, draft.id, { expiresAtMs }, draft.version, signal));
  }
  const told = { comment: "", revision: draft.revision };
  const submitted = must(await world.desk.act(ben, draft.id, { action: "submit", ...told }, draft.version));
  must(await world.desk.act(ada, draft.id, { action: "approve", ...told }, submitted.version));
  const proposal = await recordDelivery(world.place, await world.stored(draft.id), delivery);
  expect(proposal?.state).toBe("merged");
  return proposal!;
}

async function follow(afterMs = 0): Promise<void> {
  world.clock.nowMs += afterMs;
  await followProposals(world.parts, noPace(), world.clock.nowMs, signal);
}

/** A change that promised `cart` its address, gave up `mail`'s, and is in force. */
async function enforced(expiresAtMs?: number, newlyDenied = 1): Promise<Proposal> {
  const view = (workload: string, address: string) => ({
    ...shop,
    workload: `Deployment/${workload}`,
    address,
    names: [],
    protocol: "tcp",
    port: 443,
    verdict: "seen" as const,
    flows: 5,
    bytes: null,
    firstSeenMs: 0,
    lastSeenMs: 1,
  });
  const rows = [
    { edge: view("cart", "203.0.113.7"), before: "allow", after: "allow", beforeBy: "", afterBy: "rule 0" },
    { edge: view("mail", "198.51.100.9"), before: "allow", after: "deny", beforeBy: "", afterBy: "rule 1" },
  ] as const;
  const { replay } = dossierForTest();
  world.said.dossier = dossierForTest({ replay: { ...replay, newlyDenied, rows: [...rows] } });
  const proposal = await merged(expiresAtMs);
  world.live(proposal.manifest);
  await follow();
  const now = await world.stored(proposal.id);
  expect(now.state).toBe("enforced");
  return now;
}

describe("what was merged", () => {
  test("is synced when the cluster's object means the same, and enforced when its status says so", async () => {
    const proposal = await merged();
    await follow();
    expect((await world.stored(proposal.id)).state).toBe("merged");
    // Another order of fields and a label of the delivery tool.
    const manifest = proposal.manifest.replace(
      "  name: default\n  namespace: shop\n",
      "  namespace: shop\n  name: default\n  labels:\n    argocd: egress\n",
    );
    world.live(manifest, "");
    await follow();
    expect((await world.stored(proposal.id)).state).toBe("synced");
    world.live(manifest);
    await follow();
    const { state, decisions } = await world.stored(proposal.id);
    expect(state).toBe("enforced");
    expect(decisions.slice(-2).map(({ action, comment }) => [action, comment])).toEqual([
      ["sync", "the cluster's object says the same"],
      ["enforce", "EgressFirewall Rules applied"],
    ]);
  });

  test("stays merged while the cluster holds something else, or cannot be asked", async () => {
    const proposal = await merged();
    world.live(firewall("192.0.2.1/32"));
    await follow();
    world.said.live = undefined;
    await follow();
    expect((await world.stored(proposal.id)).state).toBe("merged");
  });

  test("is verified by traffic that was seen since, not by silence", async () => {
    const { id } = await enforced();
    await follow(20 * minuteMs);
    expect((await world.stored(id)).state).toBe("enforced");
    world.seen("cart 203.0.113.7 443", "seen");
    await follow();
    const { state, decisions } = await world.stored(id);
    expect(state).toBe("verified");
    expect(decisions.at(-1)?.comment).toBe("1 connections with 3 flows were seen since, and nothing needed was denied");
  });

  test("is not verified while traffic goes through that the policy denies", async () => {
    const { id } = await enforced();
    world.clock.nowMs += 20 * minuteMs;
    world.seen("cart 203.0.113.7 443", "allowed");
    world.seen("cart 192.0.2.77 443", "allowed");
    await follow();
    expect((await world.stored(id)).state).toBe("enforced");
  });

  test("makes way when a newer change is in the cluster", async () => {
    const older = await merged();
    world.said.suggestion = firewall("203.0.113.7/32", "198.51.100.1/32");
    const newer = await merged();
    world.live(newer.manifest);
    await follow();
    expect(await world.stored(older.id)).toMatchObject({ state: "superseded", supersededBy: newer.id });
  });
});

describe("a change that blocks what was to keep working", () => {
  test("stops its namespace and everything else, and opens what takes it back", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    const proposal = await enforced();
    world.clock.nowMs += minuteMs;
    world.seen("cart 203.0.113.7 443", "denied");
    await follow();
    const why = `#${proposal.number} blocks what was to keep working: Deployment/cart to 203.0.113.7 tcp/443`;
    expect((await world.decisions.namespaces.get(shop))?.stoppedBecause).toBe(why);
    const revert = await world.stored("2");
    expect(revert).toMatchObject({
      origin: "revert",
      reverts: proposal.id,
      state: "approved",
      justification: why,
      manifest: "",
    });
    expect(await world.jobs()).toContainEqual({
      kind: "deliver-proposal",
      payload: { proposal: revert.id, merge: false },
    });
    expect(await world.audited()).toContain("alert by Postern");
    const before = await world.audited();
    await follow(minuteMs);
    expect(await world.audited()).toEqual(before);
  });

  test("is taken back and merged where people let automation do that", async () => {
    await world.decisions.namespaces.set(shop, { phase: "automate" });
    world.settings.now = { ...world.settings.now, onBlocked: "merge-revert" };
    await enforced();
    world.clock.nowMs += minuteMs;
    world.seen("cart 203.0.113.7 443", "denied");
    await follow();
    const revert = await world.stored("2");
    const payload = { proposal: revert.id, merge: true };
    expect(await world.jobs()).toContainEqual({ kind: "deliver-proposal", payload });
    expect(revert.decisions.at(-1)).toMatchObject({ action: "approve", isMerging: true });
  });

  test("is shown to people where Postern only observes", async () => {
    await enforced();
    world.clock.nowMs += minuteMs;
    world.seen("cart 203.0.113.7 443", "denied");
    await follow();
    expect((await world.stored("2")).state).toBe("pending-review");
  });

  test("waits for people where the law wants them", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    await enforced();
    world.said.law = { ...world.said.law, mayAutomate: false };
    world.clock.nowMs += minuteMs;
    world.seen("cart 203.0.113.7 443", "denied");
    await follow();
    expect((await world.stored("2")).state).toBe("pending-review");
  });

  test.each([
    ["what people gave up when they approved it", "mail 198.51.100.9 443"],
    ["what nobody ever saw working", "cart 192.0.2.200 443"],
  ])("is not one that denies %s", async (_, text) => {
    const { id } = await enforced();
    world.clock.nowMs += minuteMs;
    world.seen(text, "denied");
    await follow();
    expect((await world.decisions.namespaces.get(shop))?.stoppedBecause).toBeUndefined();
    expect((await world.stored(id)).state).toBe("enforced");
  });

  test("is one that denies what worked until it came, though nobody had recorded it then", async () => {
    world.seen("cart 192.0.2.200 443", "seen", world.clock.nowMs - dayMs);
    await enforced();
    world.clock.nowMs += minuteMs;
    world.seen("cart 192.0.2.200 443", "denied");
    await follow();
    expect((await world.stored("2")).origin).toBe("revert");
  });

  test("is not blamed for what worked before where people could not see all that would be denied", async () => {
    world.seen("cart 192.0.2.200 443", "seen", world.clock.nowMs - dayMs);
    await enforced(undefined, 700);
    world.clock.nowMs += minuteMs;
    world.seen("cart 192.0.2.200 443", "denied");
    await follow();
    expect((await world.decisions.namespaces.get(shop))?.stoppedBecause).toBeUndefined();
  });

  test("is not stopped again after a person cleared it and declined to take it back", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    await enforced();
    world.clock.nowMs += minuteMs;
    world.seen("cart 203.0.113.7 443", "denied");
    await follow();
    const revert = await world.stored("2");
    must(await world.desk.act(ada, revert.id, { action: "reject", comment: "meant so", revision: 1 }, revert.version));
    await world.decisions.namespaces.set(shop, { stoppedBecause: undefined });
    await follow(minuteMs);
    expect((await world.decisions.namespaces.get(shop))?.stoppedBecause).toBeUndefined();
  });
});

describe("what goes wrong later", () => {
  const alerts = async (): Promise<readonly unknown[]> =>
    (await world.decisions.audit.read(0, 1_000))
      .filter(({ kind }) => kind === "alert")
      .map(({ payload }) => payload.message);

  test("a revert that blocks something itself is told once, taken back by nobody and verified by nothing", async () => {
    await world.decisions.namespaces.set(shop, { phase: "automate" });
    const proposal = await enforced();
    const rolled = await world.desk.act(
      ada,
      proposal.id,
      { action: "roll-back", comment: "", revision: 1 },
      proposal.version,
    );
    const revert = must(rolled);
    const told = { action: "approve", comment: "", revision: 1 } as const;
    must(await world.desk.act(ben, revert.id, told, revert.version));
    world.seen("cart 203.0.113.7 443", "seen");
    await recordDelivery(world.place, await world.stored(revert.id), delivery);
    world.live(undefined);
    await follow(minuteMs);
    expect((await world.stored(revert.id)).state).toBe("enforced");
    world.clock.nowMs += minuteMs;
    world.seen("cart 203.0.113.7 443", "denied");
    await follow();
    await follow(20 * minuteMs);
    expect(await alerts()).toEqual([
      "taking it back blocks what was to keep working: Deployment/cart to 203.0.113.7 tcp/443",
    ]);
    expect((await world.stored(revert.id)).state).toBe("enforced");
    expect(await world.decisions.proposals.byId("3")).toBeUndefined();
  });

  test("an object that somebody deletes by hand is told once, and traffic verifies nothing meanwhile", async () => {
    const { id } = await enforced();
    world.live(undefined);
    world.clock.nowMs += minuteMs;
    world.seen("cart 203.0.113.7 443", "seen");
    await follow(20 * minuteMs);
    await follow(20 * minuteMs);
    expect(await alerts()).toEqual([
      "the cluster does not hold it any more: EgressFirewall default was changed or deleted there by something else; look at it",
    ]);
    expect((await world.stored(id)).state).toBe("enforced");
    world.live((await world.stored(id)).manifest);
    world.seen("cart 203.0.113.7 443", "seen");
    await follow(20 * minuteMs);
    expect((await world.stored(id)).state).toBe("verified");
    world.said.live = undefined;
    await follow(20 * minuteMs);
    expect(await alerts()).toHaveLength(1);
  });

  test("one that cannot be followed keeps no other waiting", async () => {
    const broken = await enforced();
    const other = firewall("198.51.100.77/32");
    world.said.suggestion = other;
    const where = { cluster: "east", namespace: "books" };
    const ask = { from: "traffic", ...where, kind: "EgressFirewall", posture: "balanced" } as const;
    const draft = must(await world.desk.create(ben, ask, signal));
    const told = { comment: "", revision: 1 };
    const submitted = must(await world.desk.act(ben, draft.id, { action: "submit", ...told }, draft.version));
    must(await world.desk.act(ada, draft.id, { action: "approve", ...told }, submitted.version));
    await recordDelivery(world.place, await world.stored(draft.id), delivery);
    world.live(other);
    const history: EnforceParts["history"] = {
      edges: (ask) =>
        ask.namespace === "shop" ? Promise.reject(new Error("a row is broken")) : world.parts.history.edges(ask),
    };
    const round = enforceJobs({ ...world.parts, history })["follow-proposals"]!;
    const job = { id: 1, lease: "", attempt: 9, kind: "follow-proposals", key: "all", payload: {}, runAtMs: 0 };
    world.clock.nowMs += minuteMs;
    expect(await round(job, signal)).toEqual({
      end: "again",
      inMs: 5_000,
      because: `#${broken.number} could not be followed: a row is broken`,
    });
    expect((await world.stored(draft.id)).state).toBe("enforced");
  });

  test("an alert holds what a record can hold, however many names an address has", async () => {
    const names = Array.from({ length: 2_000 }, (_, n) => `host-${n}.${"x".repeat(60)}.example.com`);
    const need = { workload: "Deployment/cart", address: "203.0.113.7", names, protocol: "tcp", port: 443 };
    const proposal = await enforced();
    await stopRollOut(
      world.parts,
      proposal,
      Array.from({ length: 12 }, () => need),
    );
    expect(await alerts()).toHaveLength(1);
  });
});

describe("a temporary change", () => {
  test("is taken back on its day", async () => {
    const expiresAtMs = world.clock.nowMs + 3 * dayMs;
    const proposal = await enforced(expiresAtMs);
    const waiting = await world.decisions.jobs.waiting("end-temporary");
    expect(waiting.map(({ runAtMs, payload }) => ({ runAtMs, payload }))).toEqual([
      { runAtMs: expiresAtMs, payload: { proposal: proposal.id } },
    ]);
    world.clock.nowMs = expiresAtMs;
    await endTemporary(world.parts, proposal.id);
    await endTemporary(world.parts, proposal.id);
    expect(await world.stored("2")).toMatchObject({
      state: "approved",
      reverts: proposal.id,
      justification: "it was to be gone by 2026-06-04",
    });
    expect(await world.decisions.proposals.byId("3")).toBeUndefined();
  });

  test("is declined when its day comes before it is merged; the last day said holds", async () => {
    const draft = await world.suggested();
    const first = world.clock.nowMs + dayMs;
    const edited = must(await world.desk.edit(ben, draft.id, { expiresAtMs: first }, draft.version, signal));
    must(await world.desk.edit(ben, draft.id, { expiresAtMs: first + dayMs }, edited.version, signal));
    const waiting = await world.decisions.jobs.waiting("end-temporary");
    expect(waiting.map(({ runAtMs }) => runAtMs)).toEqual([first + dayMs]);
    world.clock.nowMs = first;
    await endTemporary(world.parts, draft.id);
    expect((await world.stored(draft.id)).state).toBe("draft");
    world.clock.nowMs = first + dayMs;
    await endTemporary(world.parts, draft.id);
    expect((await world.stored(draft.id)).state).toBe("rejected");
  });
});

test("what is old is looked at seldom, and what is new soon", async () => {
  const { id } = await enforced();
  const asked: number[] = [];
  const counting: EnforceParts = {
    ...world.parts,
    history: {
      edges: async (query) => {
        asked.push(world.clock.nowMs);
        return world.parts.history.edges(query);
      },
    },
  };
  const pace = noPace();
  const { updatedAtMs } = await world.stored(id);
  for (let at = updatedAtMs; at <= updatedAtMs + 3 * dayMs; at += at < updatedAtMs + minuteMs ? 5_000 : 9 * minuteMs) {
    world.clock.nowMs = at;
    await followProposals(counting, pace, at, signal);
  }
  const looks = (fromMs: number, toMs: number): number =>
    asked.filter((at) => at >= updatedAtMs + fromMs && at < updatedAtMs + toMs).length;
  expect(looks(0, minuteMs)).toBeGreaterThanOrEqual(12);
  // A day later at most each ten minutes, twice: for what is denied and for what verifies.
  expect(looks(dayMs, 2 * dayMs)).toBeLessThanOrEqual(2 * 24 * 6);
  expect(looks(2 * dayMs, 3 * dayMs)).toBeGreaterThan(0);
});
