import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { postern } from "../../src/app/access/principal.ts";
import { proposeRevert } from "../../src/app/proposals/propose-revert.ts";
import { pullRequestChanged } from "../../src/app/proposals/pull-request-changed.ts";
import { pullRequestCommented } from "../../src/app/proposals/pull-request-commented.ts";
import { recordDelivery } from "../../src/app/proposals/record-delivery.ts";
import type { ProposalAction } from "../../src/app/wire/proposals.ts";
import type { Delivery, Proposal } from "../../src/pipeline/propose/proposal.ts";
import { ada, ben, cleo, firewall, must, proposalWorld, shop, type ProposalWorld } from "./proposal-world.ts";

let world: ProposalWorld;
beforeEach(async () => {
  world = await proposalWorld();
});
afterEach(async () => {
  await world.close();
});

const open: Delivery = {
  repository: "egress",
  branch: "postern/east-shop",
  path: "shop/egress-firewall.yaml",
  commit: "a".repeat(40),
  pullRequest: { id: "17", url: "https://git.example.com/egress/17", state: "open" },
  mergeCommit: undefined,
  isTakenOver: false,
  trouble: undefined,
};
const merged: Delivery = {
  ...open,
  pullRequest: { ...open.pullRequest!, state: "merged" },
  mergeCommit: "b".repeat(40),
};

async function stored(id: string): Promise<Proposal> {
  const proposal = await world.decisions.proposals.byId(id);
  if (proposal === undefined) throw new Error(`no proposal ${id}`);
  return proposal;
}

async function act(who: typeof ada, id: string, action: ProposalAction["action"], comment = "") {
  const { revision, version } = await stored(id);
  return must(await world.desk.act(who, id, { action, comment, revision }, version));
}

/** A suggestion that people approved. */
async function approved(): Promise<Proposal> {
  const { id } = await world.suggested();
  await act(ada, id, "submit");
  await act(ben, id, "approve");
  return stored(id);
}

describe("a delivery", () => {
  test("opens the pull request once, however often it is told", async () => {
    const proposal = await approved();
    const first = await recordDelivery(world.place, proposal, open);
    expect(first).toMatchObject({ state: "pull-request-open", delivery: { sent: { revision: 1 } } });
    const before = await world.audited();
    const again = await recordDelivery(world.place, proposal, open);
    expect(again?.version).toBe(first?.version);
    expect(await world.audited()).toEqual(before);
  });

  test("that fails says why, once, and the proposal waits", async () => {
    const proposal = await approved();
    const trouble = "the repository cannot be reached; check its address";
    const failed = { ...open, commit: undefined, pullRequest: undefined, trouble };
    await recordDelivery(world.place, proposal, failed);
    await recordDelivery(world.place, proposal, failed);
    expect(await stored(proposal.id)).toMatchObject({ state: "approved", delivery: { trouble } });
    expect((await world.audited()).filter((record) => record.startsWith("alert"))).toHaveLength(1);
    expect((await recordDelivery(world.place, proposal, open))?.state).toBe("pull-request-open");
  });

  test("into an object that changed since asks for another text", async () => {
    const trouble = "conflict: the file was changed since the text was reviewed";
    await recordDelivery(world.place, await approved(), {
      ...open,
      commit: undefined,
      pullRequest: undefined,
      trouble,
      conflict: true,
    });
    const [proposal] = await world.decisions.proposals.openOf({ cluster: "east", namespace: "shop" });
    expect(proposal).toMatchObject({ state: "changes-requested" });
    expect(proposal?.decisions.at(-1)).toMatchObject({
      action: "conflict",
      by: { subject: "postern" },
      comment: trouble,
    });
  });

  test("of an older text does not open what was edited meanwhile", async () => {
    const proposal = await approved();
    const { version } = proposal;
    must(await world.desk.edit(cleo, proposal.id, { manifest: firewall("198.51.100.9/32") }, version, world.signal));
    const told = await recordDelivery(world.place, proposal, open);
    expect(told).toMatchObject({ state: "pending-review", revision: 2, delivery: { sent: { revision: 1 } } });
    await act(ben, proposal.id, "approve");
    expect((await world.jobs()).map(({ kind }) => kind)).toEqual(["deliver-proposal"]);
    const second = await recordDelivery(world.place, await stored(proposal.id), { ...open, commit: "c".repeat(40) });
    expect(second).toMatchObject({ state: "pull-request-open", delivery: { sent: { revision: 2 } } });
  });
});

describe("what people do to the pull request", () => {
  test("merging is a decision of theirs", async () => {
    const proposal = await recordDelivery(world.place, await approved(), open);
    const by = { subject: "github:dora", name: "dora" };
    const change = { pullRequest: merged.pullRequest!, mergeCommit: merged.mergeCommit, by };
    const told = await pullRequestChanged(world.place, proposal!.id, change);
    expect(told).toMatchObject({ state: "merged", delivery: { mergeCommit: "b".repeat(40) } });
    expect(told?.decisions.at(-1)).toMatchObject({ action: "merge", by });
    const again = await pullRequestChanged(world.place, proposal!.id, change);
    expect(again?.version).toBe(told?.version);
  });

  test("closing it declines the proposal; merging it all the same is an alert", async () => {
    const proposal = await recordDelivery(world.place, await approved(), open);
    const closed = { ...open.pullRequest!, state: "closed" as const };
    expect((await pullRequestChanged(world.place, proposal!.id, { pullRequest: closed }))?.state).toBe("rejected");
    const change = { pullRequest: merged.pullRequest!, mergeCommit: merged.mergeCommit };
    expect((await pullRequestChanged(world.place, proposal!.id, change))?.state).toBe("rejected");
    await pullRequestChanged(world.place, proposal!.id, change);
    expect((await world.audited()).filter((record) => record.startsWith("alert"))).toHaveLength(1);
  });

  test("commits of their own take the branch over, and the text is theirs", async () => {
    const proposal = await recordDelivery(world.place, await approved(), open);
    const taken = await pullRequestChanged(world.place, proposal!.id, {
      pullRequest: open.pullRequest!,
      isTakenOver: true,
    });
    expect(taken).toMatchObject({ state: "pull-request-open", delivery: { isTakenOver: true } });
    const edit = { manifest: firewall("198.51.100.9/32") };
    expect(await world.desk.edit(cleo, taken!.id, edit, taken!.version, world.signal)).toMatchObject({
      error: { code: "proposal_taken_over" },
    });
  });

  test("merging an older text keeps the newer one as a draft of its own", async () => {
    const proposal = await recordDelivery(world.place, await approved(), open);
    const newer = firewall("198.51.100.9/32");
    must(await world.desk.edit(cleo, proposal!.id, { manifest: newer }, proposal!.version, world.signal));
    await pullRequestChanged(world.place, proposal!.id, { pullRequest: merged.pullRequest! });
    const { manifest } = await stored(proposal!.id);
    expect(manifest).toBe(world.said.suggestion);
    const draft = await stored("2");
    expect(draft).toMatchObject({ state: "draft", manifest: newer, baseManifest: manifest, author: { name: "Cleo" } });
  });

  test("and who wrote part of what goes on may still not approve it", async () => {
    const proposal = await recordDelivery(world.place, await approved(), open);
    for (const [who, cidr] of [
      [ben, "198.51.100.8/32"],
      [cleo, "198.51.100.9/32"],
    ] as const) {
      const { version } = await stored(proposal!.id);
      must(await world.desk.edit(who, proposal!.id, { manifest: firewall(cidr) }, version, world.signal));
    }
    await pullRequestChanged(world.place, proposal!.id, { pullRequest: merged.pullRequest! });
    const { id, revision } = await stored("2");
    await act(cleo, id, "submit");
    const { version } = await stored(id);
    expect(await world.desk.act(ben, id, { action: "approve", comment: "", revision }, version)).toMatchObject({
      error: { code: "proposal_own_text" },
    });
  });

  test("a comment there is a comment here, once", async () => {
    const proposal = await recordDelivery(world.place, await approved(), open);
    const by = { subject: "github:dora", name: "dora" };
    const comment = { id: "99", by, body: "why this address?", atMs: 5, verdict: "changes-requested" } as const;
    await pullRequestCommented(world.place, proposal!.id, comment);
    await pullRequestCommented(world.place, proposal!.id, comment);
    const comments = (await stored(proposal!.id)).decisions.filter(({ action }) => action === "comment");
    expect(comments).toHaveLength(1);
    expect(comments[0]).toMatchObject({ by, to: "pull-request-open" });
  });
});

describe("an end without a merge", () => {
  test.each(["reject", "withdraw"] as const)("by `%s` closes the pull request", async (action) => {
    const proposal = await recordDelivery(world.place, await approved(), open);
    await act(ada, proposal!.id, action, "not now");
    expect(await world.jobs()).toContainEqual({
      kind: "close-pull-request",
      payload: { proposal: proposal!.id, why: "the proposal is rejected: not now" },
    });
  });
});

describe("rolling back", () => {
  test("proposes what was there before, and ends the old one when that is merged", async () => {
    world.said.live = [
      {
        kind: "EgressFirewall",
        name: "default",
        namespace: "shop",
        manifest: firewall("203.0.113.1/32"),
        status: "",
        isApplied: true,
      },
    ];
    const proposal = await recordDelivery(world.place, await approved(), merged);
    expect(proposal?.state).toBe("merged");
    const revert = await act(ben, proposal!.id, "roll-back", "checkout fails");
    expect(revert).toMatchObject({
      origin: "revert",
      reverts: proposal!.id,
      state: "pending-review",
      manifest: firewall("203.0.113.1/32"),
      baseManifest: proposal!.manifest,
      justification: "checkout fails",
    });
    expect((await act(ben, proposal!.id, "roll-back")).id).toBe(revert.id);
    await act(ben, revert.id, "approve");
    await recordDelivery(world.place, await stored(revert.id), {
      ...merged,
      pullRequest: { ...merged.pullRequest!, id: "18" },
    });
    expect((await stored(proposal!.id)).state).toBe("rolled-back");
    expect((await stored(revert.id)).state).toBe("merged");
  });

  test("of an object that was not there takes it away", async () => {
    const proposal = await recordDelivery(world.place, await approved(), merged);
    const revert = await act(ben, proposal!.id, "roll-back");
    expect(revert).toMatchObject({ manifest: "", dossier: { exposureAfter: { v4: 49.6 } } });
  });

  test("of two people at once is one proposal", async () => {
    const proposal = await recordDelivery(world.place, await approved(), merged);
    const { id, version, revision } = proposal!;
    const both = await Promise.all(
      [ada, ben].map(async (who) =>
        must(await world.desk.act(who, id, { action: "roll-back", comment: "", revision }, version)),
      ),
    );
    expect(new Set(both.map((revert) => revert.id)).size).toBe(1);
    expect((await world.audited()).filter((kind) => kind.startsWith("proposal.submit"))).toHaveLength(2);
  });

  test("is written whole or not at all", async () => {
    const proposal = await recordDelivery(world.place, await approved(), merged);
    const law = { judge: () => Promise.resolve(world.said.law) };
    const before = (await world.audited()).length;
    const dying: typeof world.place = {
      ...world.place,
      decisions: {
        ...world.decisions,
        change: (work) =>
          world.decisions.change(async (books) =>
            work({
              ...books,
              jobs: { ...books.jobs, put: () => Promise.reject(new Error("the server died")) },
            }),
          ),
      },
    };
    await expect(proposeRevert({ place: dying, law }, proposal!, postern, "it blocks", "merge")).rejects.toThrow(
      "died",
    );
    expect(await world.audited()).toHaveLength(before);
    const revert = must(await proposeRevert({ place: world.place, law }, proposal!, postern, "it blocks", "merge"));
    expect(revert.state).toBe("approved");
  });

  test("of a roll-back brings people's text back, which who wrote it may not approve", async () => {
    const text = { from: "text", ...shop, manifest: firewall("198.51.100.9/32") } as const;
    const { id } = must(await world.desk.create(ben, text, world.signal));
    await act(ben, id, "submit");
    await act(ada, id, "approve");
    await recordDelivery(world.place, await stored(id), merged);
    const first = await act(ada, id, "roll-back");
    await act(ada, first.id, "approve");
    await recordDelivery(world.place, await stored(first.id), merged);
    const second = await act(ben, first.id, "roll-back");
    expect(second.manifest).toBe(text.manifest);
    expect(second.may.find(({ action }) => action === "approve")).toMatchObject({
      allowed: false,
      why: "you wrote part of this text, so somebody else must approve it",
    });
  });

  test("of what was never merged is refused", async () => {
    const { id, version } = await approved();
    const refused = await world.desk.act(ben, id, { action: "roll-back", comment: "", revision: 1 }, version);
    expect(refused).toMatchObject({ error: { kind: "conflict", code: "proposal_state" } });
  });
});
