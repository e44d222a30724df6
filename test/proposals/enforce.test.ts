import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { policyTexts } from "../../src/adapters/manifests/policy-texts.ts";
import { noFutileTries } from "../../src/app/enforce/automation-input.ts";
import { endTemporary } from "../../src/app/enforce/end-temporary.ts";
import { beginEnforceJobs, enforceJobs } from "../../src/app/enforce/enforce-jobs.ts";
import type { EnforceParts } from "../../src/app/enforce/enforce-parts.ts";
import { followProposals, noPace } from "../../src/app/enforce/follow-proposals.ts";
import { runAutomation } from "../../src/app/enforce/run-automation.ts";
import { recordDelivery } from "../../src/app/proposals/record-delivery.ts";
import type { AutomationSettings } from "../../src/app/wire/settings.ts";
import { parseIp } from "../../src/core/net/ip.ts";
import type { Edge, ObservedVerdict } from "../../src/pipeline/flows/edge.ts";
import type { Delivery, Proposal } from "../../src/pipeline/propose/proposal.ts";
import { ada, ben, dossierForTest, firewall, must, proposalWorld, type ProposalWorld, shop } from "./proposal-world.ts";

const dayMs = 86_400_000;
const minuteMs = 60_000;

let world: ProposalWorld;
let edges: Edge[];
let settings: AutomationSettings;
let parts: EnforceParts;
const futile = noFutileTries();
beforeEach(async () => {
  world = await proposalWorld();
  edges = [];
  settings = {
    defaultPhase: "observe",
    threshold: 0.99,
    changesPerDay: 2,
    windows: [],
    timeZone: "Europe/Berlin",
    never: ["openshift-*"],
    onBlocked: "open-revert",
    reviewEveryDays: 90,
  };
  parts = {
    ...world,
    texts: policyTexts,
    automation: () => Promise.resolve(settings),
    history: {
      edges: ({ window }) =>
        Promise.resolve({
          edges: edges.filter((edge) => edge.lastSeenMs! >= window.fromMs && edge.firstSeenMs! < window.toMs),
          isCut: false,
        }),
    },
  };
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

async function stored(id: string): Promise<Proposal> {
  const proposal = await world.decisions.proposals.byId(id);
  if (proposal === undefined) throw new Error(`no proposal ${id}`);
  return proposal;
}

async function merged(expiresAtMs?: number): Promise<Proposal> {
  let draft = await world.suggested();
  if (expiresAtMs !== undefined) {
    draft = must(await world.desk.edit(ben, draft.id, { expiresAtMs }, draft.version, signal));
  }
  const told = { comment: "", revision: draft.revision };
  const submitted = must(await world.desk.act(ben, draft.id, { action: "submit", ...told }, draft.version));
  must(await world.desk.act(ada, draft.id, { action: "approve", ...told }, submitted.version));
  const proposal = await recordDelivery(world.place, await stored(draft.id), delivery);
  expect(proposal?.state).toBe("merged");
  return proposal!;
}

function live(manifest: string | undefined, status = "EgressFirewall Rules applied"): void {
  const isApplied = status === "" ? undefined : true;
  const object = { kind: "EgressFirewall", name: "default", namespace: "shop", status, isApplied };
  world.said.live = manifest === undefined ? [] : [{ ...object, manifest }];
}

async function follow(afterMs = 0): Promise<void> {
  world.clock.nowMs += afterMs;
  await followProposals(parts, noPace(), world.clock.nowMs, signal);
}

/** `cart 203.0.113.7 443`, seen from `fromMs` to now. */
function seen(text: string, verdict: ObservedVerdict, fromMs = world.clock.nowMs): void {
  const [name = "", address = "", port = ""] = text.split(" ");
  const ip = parseIp(address);
  if (!ip.ok) throw new Error(address);
  edges.push({
    ...shop,
    workload: { kind: "Deployment", name },
    address: ip.value,
    prefixLength: undefined,
    protocol: "tcp",
    port: Number(port),
    verdict,
    names: [],
    decidedBy: [],
    flows: 3,
    bytes: undefined,
    firstSeenMs: fromMs,
    lastSeenMs: world.clock.nowMs,
    activity: [],
  });
}

/** A change that promised `cart` its address, gave up `mail`'s, and is in force. */
async function enforced(expiresAtMs?: number): Promise<Proposal> {
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
  world.said.dossier = dossierForTest({ replay: { ...replay, newlyDenied: 1, rows: [...rows] } });
  const proposal = await merged(expiresAtMs);
  live(proposal.manifest);
  await follow();
  const now = await stored(proposal.id);
  expect(now.state).toBe("enforced");
  return now;
}

describe("what was merged", () => {
  test("is synced when the cluster's object means the same, and enforced when its status says so", async () => {
    const proposal = await merged();
    await follow();
    expect((await stored(proposal.id)).state).toBe("merged");
    // Another order of fields and a label of the delivery tool.
    const manifest = proposal.manifest.replace(
      "  name: default\n  namespace: shop\n",
      "  namespace: shop\n  name: default\n  labels:\n    argocd: egress\n",
    );
    live(manifest, "");
    await follow();
    expect((await stored(proposal.id)).state).toBe("synced");
    live(manifest);
    await follow();
    const { state, decisions } = await stored(proposal.id);
    expect(state).toBe("enforced");
    expect(decisions.slice(-2).map(({ action, comment }) => [action, comment])).toEqual([
      ["sync", "the cluster's object says the same"],
      ["enforce", "EgressFirewall Rules applied"],
    ]);
  });

  test("stays merged while the cluster holds something else, or cannot be asked", async () => {
    const proposal = await merged();
    live(firewall("192.0.2.1/32"));
    await follow();
    world.said.live = undefined;
    await follow();
    expect((await stored(proposal.id)).state).toBe("merged");
  });

  test("is verified by traffic that was seen since, not by silence", async () => {
    const { id } = await enforced();
    await follow(20 * minuteMs);
    expect((await stored(id)).state).toBe("enforced");
    seen("cart 203.0.113.7 443", "seen");
    await follow();
    const { state, decisions } = await stored(id);
    expect(state).toBe("verified");
    expect(decisions.at(-1)?.comment).toBe("1 connections with 3 flows were seen since, and nothing needed was denied");
  });

  test("is not verified while traffic goes through that the policy denies", async () => {
    const { id } = await enforced();
    world.clock.nowMs += 20 * minuteMs;
    seen("cart 203.0.113.7 443", "allowed");
    seen("cart 192.0.2.77 443", "allowed");
    await follow();
    expect((await stored(id)).state).toBe("enforced");
  });

  test("makes way when a newer change is in the cluster", async () => {
    const older = await merged();
    world.said.suggestion = firewall("203.0.113.7/32", "198.51.100.1/32");
    const newer = await merged();
    live(newer.manifest);
    await follow();
    expect(await stored(older.id)).toMatchObject({ state: "superseded", supersededBy: newer.id });
  });
});

describe("a change that blocks what was to keep working", () => {
  test("stops its namespace and everything else, and opens what takes it back", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    const proposal = await enforced();
    world.clock.nowMs += minuteMs;
    seen("cart 203.0.113.7 443", "denied");
    await follow();
    const why = `#${proposal.number} blocks what was to keep working: Deployment/cart to 203.0.113.7 tcp/443`;
    expect((await world.decisions.namespaces.get(shop))?.stoppedBecause).toBe(why);
    const revert = await stored("2");
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
    settings = { ...settings, onBlocked: "merge-revert" };
    await enforced();
    world.clock.nowMs += minuteMs;
    seen("cart 203.0.113.7 443", "denied");
    await follow();
    expect(await world.jobs()).toContainEqual({
      kind: "deliver-proposal",
      payload: { proposal: (await stored("2")).id, merge: true },
    });
  });

  test("is shown to people where Postern only observes", async () => {
    await enforced();
    world.clock.nowMs += minuteMs;
    seen("cart 203.0.113.7 443", "denied");
    await follow();
    expect((await stored("2")).state).toBe("pending-review");
  });

  test("waits for people where the law wants them", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    await enforced();
    world.said.law = { ...world.said.law, mayAutomate: false };
    world.clock.nowMs += minuteMs;
    seen("cart 203.0.113.7 443", "denied");
    await follow();
    expect((await stored("2")).state).toBe("pending-review");
  });

  test.each([
    ["what people gave up when they approved it", "mail 198.51.100.9 443"],
    ["what nobody ever saw working", "cart 192.0.2.200 443"],
  ])("is not one that denies %s", async (_, text) => {
    const { id } = await enforced();
    world.clock.nowMs += minuteMs;
    seen(text, "denied");
    await follow();
    expect((await world.decisions.namespaces.get(shop))?.stoppedBecause).toBeUndefined();
    expect((await stored(id)).state).toBe("enforced");
  });

  test("is one that denies what worked until it came, though nobody had recorded it then", async () => {
    seen("cart 192.0.2.200 443", "seen", world.clock.nowMs - dayMs);
    await enforced();
    world.clock.nowMs += minuteMs;
    seen("cart 192.0.2.200 443", "denied");
    await follow();
    expect((await stored("2")).origin).toBe("revert");
  });

  test("is not stopped again after a person cleared it and declined to take it back", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    await enforced();
    world.clock.nowMs += minuteMs;
    seen("cart 203.0.113.7 443", "denied");
    await follow();
    const revert = await stored("2");
    must(await world.desk.act(ada, revert.id, { action: "reject", comment: "meant so", revision: 1 }, revert.version));
    await world.decisions.namespaces.set(shop, { stoppedBecause: undefined });
    await follow(minuteMs);
    expect((await world.decisions.namespaces.get(shop))?.stoppedBecause).toBeUndefined();
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
    await endTemporary(parts, proposal.id);
    await endTemporary(parts, proposal.id);
    expect(await stored("2")).toMatchObject({
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
    await endTemporary(parts, draft.id);
    expect((await stored(draft.id)).state).toBe("draft");
    world.clock.nowMs = first + dayMs;
    await endTemporary(parts, draft.id);
    expect((await stored(draft.id)).state).toBe("rejected");
  });
});

test("what is old is looked at seldom, and what is new soon", async () => {
  const { id } = await enforced();
  const asked: number[] = [];
  const counting: EnforceParts = {
    ...parts,
    history: {
      edges: async (query) => {
        asked.push(world.clock.nowMs);
        return parts.history.edges(query);
      },
    },
  };
  const pace = noPace();
  const { updatedAtMs } = await stored(id);
  for (let at = updatedAtMs; at <= updatedAtMs + 3 * dayMs; at += at < updatedAtMs + minuteMs ? 5_000 : 5 * minuteMs) {
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

describe("automation", () => {
  const ready = { phase: "automate", readinessDay: 0.998, evidenceDigest: "e1" } as const;
  const run = async () => {
    const outcomes = await runAutomation(parts, futile, world.clock.nowMs, signal);
    return outcomes.map(({ step, because, failure }) => `${step}: ${failure?.code ?? because}`);
  };
  beforeEach(async () => {
    futile.proposing.clear();
    futile.approving.clear();
    await world.decisions.namespaces.set(shop, { ...ready, reviewByMs: world.clock.nowMs + 30 * dayMs });
  });

  test("proposes, approves with its reason, and then waits for what it did", async () => {
    expect(await run()).toEqual(["propose: ready for 99.8 %, and nothing is proposed yet"]);
    expect(await run()).toEqual(["approve: low risk, ready for 99.9 %, change 1 of 2 in 24 hours"]);
    const proposal = await stored("1");
    expect(proposal.state).toBe("approved");
    expect(proposal.decisions.map(({ action, by, comment }) => [action, by.subject, comment])).toEqual([
      ["create", "postern", ""],
      ["submit", "postern", "low risk, ready for 99.9 %, change 1 of 2 in 24 hours"],
      ["approve", "postern", "low risk, ready for 99.9 %, change 1 of 2 in 24 hours"],
    ]);
    expect(await world.jobs()).toEqual([
      { kind: "deliver-proposal", payload: { proposal: proposal.id, merge: false } },
    ]);
    expect(await run()).toEqual([]);
  });

  test("in phase review asks people", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    await run();
    expect(await run()).toEqual(["ask-review: the namespace is in phase review"]);
    expect((await stored("1")).state).toBe("pending-review");
    expect(await run()).toEqual([]);
  });

  test("asks people where the law wants them, once", async () => {
    await run();
    world.said.law = { ...world.said.law, mayAutomate: false };
    expect(await run()).toEqual(["approve: proposal_needs_person"]);
    expect((await stored("1")).state).toBe("pending-review");
    expect(await run()).toEqual([]);
  });

  test("does not look again at what is in force already until something new was recorded", async () => {
    live(world.said.suggestion);
    expect(await run()).toEqual(["propose: proposal_no_change"]);
    expect(await run()).toEqual(["wait: nothing new was recorded since the last look"]);
    await world.decisions.namespaces.set(shop, { evidenceDigest: "e2" });
    world.clock.nowMs += 2 * dayMs;
    expect(await run()).toEqual(["propose: proposal_no_change"]);
  });

  test("goes back to people when they were to look again", async () => {
    world.clock.nowMs += 31 * dayMs;
    expect(await run()).toEqual(["back-to-review: people were to look again by 2026-07-01"]);
    expect(await world.decisions.namespaces.get(shop)).toMatchObject({ phase: "review", reviewByMs: undefined });
    expect((await world.audited()).at(-1)).toBe("namespace.phase by Postern");
  });

  test("does not go on while anything is stopped", async () => {
    await run();
    await world.decisions.namespaces.set({ cluster: "east", namespace: "books" }, { stoppedBecause: "it broke" });
    expect(await run()).toEqual(["wait: the roll-out stopped at east/books, until a person clears it: it broke"]);
    await world.decisions.namespaces.set({ cluster: "east", namespace: "books" }, { stoppedBecause: undefined });
    expect((await run())[0]).toContain("approve");
  });

  test("counts the budget again in the transaction that uses it", async () => {
    await run();
    // Another replica used the room between the plan and the decision.
    let asked = 0;
    const narrower: EnforceParts = {
      ...parts,
      automation: () => Promise.resolve({ ...settings, changesPerDay: (asked += 1) === 1 ? 2 : 0 }),
    };
    const outcomes = await runAutomation(narrower, futile, world.clock.nowMs, signal);
    expect(outcomes).toMatchObject([{ step: "approve", failure: { code: "proposal_budget" } }]);
    expect((await stored("1")).state).toBe("draft");
    expect(await world.audited()).not.toContain("proposal.approve by Postern");
    expect(await world.jobs()).toEqual([]);
  });

  test("of two replicas uses the room of the budget once", async () => {
    settings = { ...settings, changesPerDay: 1 };
    const books = { cluster: "east", namespace: "books" };
    await world.decisions.namespaces.set(books, { ...ready, reviewByMs: world.clock.nowMs + 30 * dayMs });
    await run();
    const drafts = await world.decisions.proposals.openOf(books);
    expect(drafts).toHaveLength(1);
    // Each replica read that there is room, and each has another namespace in mind.
    const both = await Promise.all([run(), runAutomation(parts, futile, world.clock.nowMs, signal)]);
    expect(both.flat()).not.toHaveLength(0);
    const records = await world.decisions.audit.read(0, 1_000);
    expect(records.filter(({ kind }) => kind === "proposal.approve")).toHaveLength(1);
  });
});

test("the rounds put themselves again, one of each kind", async () => {
  await beginEnforceJobs(world.decisions, world.clock.nowMs);
  await beginEnforceJobs(world.decisions, world.clock.nowMs);
  const handlers = enforceJobs(parts);
  const taken = await world.decisions.jobs.take("one", Object.keys(handlers), world.clock.nowMs + 10, minuteMs, 10);
  expect(taken.map(({ kind }) => kind).toSorted()).toEqual(["follow-proposals", "run-automation"]);
  for (const job of taken) {
    expect(await handlers[job.kind]!(job, signal)).toEqual({ end: "done" });
    await world.decisions.jobs.finish(job);
  }
  const waiting = await world.decisions.jobs.waiting(undefined);
  expect(waiting.map(({ kind, key }) => `${kind} ${key}`).toSorted()).toEqual([
    "follow-proposals all",
    "run-automation all",
  ]);
});
