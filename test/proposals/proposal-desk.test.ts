import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LawVerdict, ProposalAction, ProposalDetail } from "../../src/app/wire/proposals.ts";
import { ada, ben, cleo, firewall, must, proposalWorld, type ProposalWorld, shop, zoe } from "./proposal-world.ts";

let world: ProposalWorld;
beforeEach(async () => {
  world = await proposalWorld();
});
afterEach(async () => {
  await world.close();
});

async function act(who: typeof ada, detail: ProposalDetail, action: ProposalAction["action"], comment = "") {
  return world.desk.act(who, detail.id, { action, comment, revision: detail.revision }, detail.version);
}

const breach: LawVerdict = {
  clause: "widest-prefix",
  law: "company@3",
  effect: "forbids",
  message: "rule 0 opens more than a /16",
  rule: 0,
  line: 8,
};

describe("from a suggestion to a pull request", () => {
  test("each step is a decision, an audit record and what follows, in one transaction", async () => {
    const draft = await world.suggested();
    expect(draft).toMatchObject({
      number: 1,
      state: "draft",
      author: { subject: "postern" },
      approvals: 0,
      lawBreaches: 0,
    });
    const submitted = must(await act(cleo, draft, "submit", "please look"));
    expect(submitted.state).toBe("pending-review");
    const approved = must(await act(ben, submitted, "approve", "fine"));
    expect(approved).toMatchObject({ state: "approved", approvals: 1, version: 3 });
    expect(await world.jobs()).toEqual([{ kind: "deliver-proposal", payload: { proposal: draft.id, merge: false } }]);
    expect(await world.audited()).toEqual([
      "observation.digest by Ada",
      "suggestion by Postern",
      "proposal.create by Ada",
      "proposal.submit by Cleo",
      "proposal.approve by Ben",
    ]);
    expect(approved.decisions.map(({ action, auditSequence }) => [action, auditSequence])).toEqual([
      ["create", 2],
      ["submit", 3],
      ["approve", 4],
    ]);
    expect(world.heard.flatMap((event) => (event.type === "proposal" ? event.state : []))).toEqual([
      "draft",
      "pending-review",
      "approved",
    ]);
  });

  test("who asked for the suggestion did not write it, so may approve it", async () => {
    const submitted = must(await act(ada, await world.suggested(), "submit"));
    expect(must(await act(ada, submitted, "approve")).state).toBe("approved");
  });

  test("who changed the text may not, and the page says so beforehand", async () => {
    const draft = await world.suggested();
    const manifest = firewall("203.0.113.0/24");
    const edited = must(await world.desk.edit(ben, draft.id, { manifest }, draft.version, world.signal));
    expect(edited).toMatchObject({ revision: 2, manifest, state: "draft" });
    const submitted = must(await act(ben, edited, "submit"));
    const why = "you wrote part of this text, so somebody else must approve it";
    expect(submitted.may.find(({ action }) => action === "approve")).toEqual({
      action: "approve",
      allowed: false,
      why,
    });
    expect(await act(ben, submitted, "approve")).toMatchObject({
      error: { kind: "forbidden", code: "proposal_own_text" },
    });
    expect(world.asked.at(-1)?.approvers).toEqual([{ subject: "local:ben", name: "Ben" }]);
    expect(must(await act(ada, submitted, "approve")).state).toBe("approved");
  });

  test("an edit after the approval wants a new one", async () => {
    const submitted = must(await act(ada, await world.suggested(), "submit"));
    const approved = must(await act(ada, submitted, "approve"));
    const edit = { manifest: firewall("203.0.113.8/32") };
    const edited = must(await world.desk.edit(cleo, approved.id, edit, approved.version, world.signal));
    expect(edited).toMatchObject({ state: "pending-review", revision: 2, approvals: 0 });
  });
});

describe("what the law forbids", () => {
  test("cannot be approved, by the clause's name", async () => {
    const submitted = must(await act(cleo, await world.suggested(), "submit"));
    world.said.law = { ...world.said.law, verdicts: [breach] };
    const refused = await act(ben, submitted, "approve");
    expect(refused).toMatchObject({
      error: {
        kind: "unlawful",
        message: "the organisation's law forbids it: `widest-prefix of company@3`; change the text, or the law",
      },
    });
    expect(await world.jobs()).toEqual([]);
    const shown = must(await world.desk.get(ben, submitted.id));
    expect(shown).toMatchObject({ state: "pending-review", lawBreaches: 1, laws: [breach] });
  });

  test("weighs in the risk that is kept", async () => {
    world.said.law = { ...world.said.law, verdicts: [breach] };
    const draft = await world.suggested();
    expect(draft).toMatchObject({ risk: "high", dossier: { risk: { level: "high", score: 45 } } });
  });

  test("is judged anew when what people say of it changes", async () => {
    world.said.law = { ...world.said.law, verdicts: [breach] };
    const draft = await world.suggested();
    world.said.law = { ...world.said.law, verdicts: [] };
    const told = must(await world.desk.edit(cleo, draft.id, { ticket: "NET-7" }, draft.version, world.signal));
    expect(told).toMatchObject({ ticket: "NET-7", revision: 1, lawBreaches: 0 });
    expect(world.asked.some(({ ticket }) => ticket === "NET-7")).toBe(true);
  });
});

describe("two people at once", () => {
  test("the second hears that it was changed, and nothing of theirs is written", async () => {
    const draft = await world.suggested();
    must(await act(cleo, draft, "submit"));
    expect(await act(ben, draft, "reject")).toMatchObject({ error: { kind: "stale", code: "proposal_stale" } });
    expect((await world.decisions.proposals.byId(draft.id))?.state).toBe("pending-review");
  });

  test("at the very same moment, one of two wins", async () => {
    const submitted = must(await act(cleo, await world.suggested(), "submit"));
    const both = await Promise.all([act(ada, submitted, "approve"), act(ben, submitted, "reject")]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    const stored = await world.decisions.proposals.byId(submitted.id);
    expect(stored?.decisions).toHaveLength(3);
    expect((await world.audited()).length).toBe(5);
  });
});

describe("the same decision sent again", () => {
  test("by who did not hear the answer, is answered by what stands", async () => {
    const draft = await world.suggested();
    const told = must(
      await world.desk.act(ben, draft.id, { action: "submit", comment: "", revision: 1 }, draft.version),
    );
    const approve = { action: "approve", comment: "fine", revision: 1 } as const;
    const approved = must(await world.desk.act(ben, draft.id, approve, told.version));
    expect(must(await world.desk.act(ben, draft.id, approve, told.version))).toMatchObject({
      state: "approved",
      version: approved.version,
      approvals: 1,
    });
    expect((await world.audited()).filter((kind) => kind.startsWith("proposal.approve"))).toHaveLength(1);
    for (const [who, action] of [
      [ada, approve],
      [ben, { ...approve, comment: "really" }],
      [ben, { ...approve, action: "reject" }],
    ] as const) {
      expect(await world.desk.act(who, draft.id, action, told.version)).toMatchObject({ error: { kind: "stale" } });
    }
  });
});

test("a title is one line, whatever somebody typed", async () => {
  const draft = await world.suggested();
  const edit = { title: "  Allow\u0000 the bank\nfixes #7 \u202egnp.exe" };
  const edited = must(await world.desk.edit(cleo, draft.id, edit, draft.version, world.signal));
  expect(edited.title).toBe("Allow  the bank fixes #7  gnp.exe");
  for (const id of ["\u0000", "p-1'", `${draft.id}\u0000`, `p-${"0".repeat(500)}`]) {
    expect(await world.desk.get(ada, id)).toMatchObject({ error: { kind: "not-found" } });
  }
  expect(must(await world.desk.list(ada, { limit: 5, q: "shop\u0000" })).items).toEqual([]);
});

test("a text that is sent again by its author is the draft that is there", async () => {
  const text = { from: "text", ...shop, manifest: firewall("198.51.100.0/24") } as const;
  const first = must(await world.desk.create(ben, text, world.signal));
  expect(must(await world.desk.create(ben, text, world.signal)).id).toBe(first.id);
  expect(must(await world.desk.create(ada, text, world.signal)).id).not.toBe(first.id);
  expect(must(await world.desk.create(ben, { ...text, title: "Another" }, world.signal)).id).not.toBe(first.id);
});

describe("what one may not see", () => {
  test("is as if it were not there", async () => {
    const draft = await world.suggested();
    expect(await world.desk.get(zoe, draft.id)).toMatchObject({ error: { kind: "not-found" } });
    expect(await act(zoe, draft, "approve")).toMatchObject({ error: { kind: "not-found" } });
    expect(must(await world.desk.list(zoe, { limit: 50 })).items).toEqual([]);
    const request = { from: "traffic", ...shop, kind: "EgressFirewall", posture: "balanced" } as const;
    expect(await world.desk.create(zoe, request, world.signal)).toMatchObject({ error: { kind: "not-found" } });
  });

  test("what one sees and may not decide is forbidden", async () => {
    const submitted = must(await act(cleo, await world.suggested(), "submit"));
    expect(await act(cleo, submitted, "approve")).toMatchObject({ error: { kind: "forbidden" } });
    expect(submitted.may.find(({ action }) => action === "approve")?.why).toContain("you may not approve");
  });
});

describe("a text", () => {
  test("becomes a proposal of its author, against what the cluster holds", async () => {
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
    const request = { from: "text", ...shop, manifest: firewall("203.0.113.9/32") } as const;
    const made = must(await world.desk.create(ben, request, world.signal));
    expect(made).toMatchObject({ origin: "edited", author: { name: "Ben" }, baseManifest: firewall("203.0.113.1/32") });
    expect(made.title).toBe("Change EgressFirewall default of shop");
  });

  test("of a finding's fix is the server's own, with what it mends", async () => {
    const body = JSON.stringify({
      fix: "remove rule 2, which nothing has used since March",
      message: "rule 2 has no traffic",
    });
    const fixedManifest = firewall("203.0.113.1/32");
    const finding = {
      id: "f-1",
      where: shop,
      problem: "zombie",
      severity: "warning",
      lastHitMs: undefined,
      body,
      fixedManifest,
    };
    await world.decisions.namespaces.setFindings(shop, [finding]);
    const request = { from: "finding", finding: "f-1" } as const;
    const made = must(await world.desk.create(cleo, request, world.signal));
    expect(made).toMatchObject({
      origin: "fix",
      author: { subject: "postern" },
      title: "remove rule 2, which nothing has used since March",
      justification: "rule 2 has no traffic",
      manifest: fixedManifest,
    });
    expect(must(await world.desk.create(cleo, request, world.signal)).id).toBe(made.id);
    expect(await world.desk.create(zoe, request, world.signal)).toMatchObject({ error: { kind: "not-found" } });
    await world.decisions.namespaces.setFindings(shop, [{ ...finding, fixedManifest: undefined }]);
    expect(await world.desk.create(cleo, request, world.signal)).toMatchObject({ error: { code: "proposal_no_fix" } });
  });

  test("that is judged tells how far it is, and how it ended", async () => {
    const request = { from: "text", ...shop, manifest: "no policy" } as const;
    await world.desk.create(ben, request, world.signal);
    expect(world.heard).toMatchObject([
      { type: "progress", task: "propose/east/shop", done: 0, isFinished: false, failure: null },
      {
        type: "progress",
        task: "propose/east/shop",
        done: 1,
        isFinished: true,
        failure: "the text holds no egress policy; mend the text",
      },
    ]);
  });

  test.each<[string, string, string]>([
    ["that is no policy", "hello", "proposal_text"],
    ["for another object", firewall("203.0.113.9/32").replace("name: default", "name: other"), "proposal_other_object"],
  ])("%s is refused as an edit", async (_, manifest, code) => {
    const draft = await world.suggested();
    const refused = await world.desk.edit(ben, draft.id, { manifest }, draft.version, world.signal);
    expect(refused).toMatchObject({ error: { kind: "invalid", code } });
  });

  test("is judged as somebody types, and nothing is kept", async () => {
    const draft = await world.suggested();
    const before = await world.audited();
    const preview = must(await world.desk.preview(ben, draft.id, "kind: Nonsense", world.signal));
    expect(preview).toMatchObject({ dossier: null, findings: [{ code: "judge_no_policy" }] });
    const better = must(await world.desk.preview(ben, draft.id, firewall("203.0.113.9/32"), world.signal));
    expect(better.dossier).not.toBeNull();
    expect(await world.audited()).toEqual(before);
    expect(must(await world.desk.get(ben, draft.id)).manifest).toBe(draft.manifest);
  });

  test.each([
    ["yesterday", 1],
    ["in the middle of a millisecond", Date.UTC(2027, 0, 1) + 0.5],
    ["when nobody lives any more", 1e300],
  ])("that must be gone %s is refused", async (_, expiresAtMs) => {
    const draft = await world.suggested();
    const refused = await world.desk.edit(ben, draft.id, { expiresAtMs }, draft.version, world.signal);
    expect(refused).toMatchObject({ error: { code: "proposal_expiry" } });
  });
});

describe("a newer suggestion", () => {
  test("takes the place of an older one that nobody wrote in", async () => {
    const older = await world.suggested();
    world.said.suggestion = firewall("203.0.113.7/32", "198.51.100.1/32");
    const newer = await world.suggested();
    expect(newer).toMatchObject({ number: 2, supersedes: older.id });
    expect(must(await world.desk.get(ada, older.id))).toMatchObject({ state: "superseded", supersededBy: newer.id });
  });

  test("leaves alone what people wrote in", async () => {
    const older = await world.suggested();
    must(await world.desk.edit(ben, older.id, { manifest: firewall("203.0.113.0/24") }, older.version, world.signal));
    world.said.suggestion = firewall("203.0.113.7/32", "198.51.100.1/32");
    await world.suggested();
    expect(must(await world.desk.get(ada, older.id)).state).toBe("draft");
  });

  test("with the same text is the proposal that is there", async () => {
    const older = await world.suggested();
    expect((await world.suggested()).id).toBe(older.id);
  });

  test("with the same text in place of another is a new one", async () => {
    const older = await world.suggested();
    const manifest = firewall("192.0.2.1/32");
    world.said.live = [
      { kind: "EgressFirewall", name: "default", namespace: "shop", manifest, status: "", isApplied: true },
    ];
    expect(await world.suggested()).toMatchObject({ supersedes: older.id, baseManifest: manifest });
  });

  test("of what is in force already says that there is nothing to change", async () => {
    const manifest = world.said.suggestion;
    world.said.live = [
      { kind: "EgressFirewall", name: "default", namespace: "shop", manifest, status: "", isApplied: true },
    ];
    const request = { from: "traffic", ...shop, kind: "EgressFirewall", posture: "balanced" } as const;
    expect(await world.desk.create(ada, request, world.signal)).toMatchObject({
      error: { kind: "conflict", code: "proposal_no_change" },
    });
  });
});

describe("the list", () => {
  test("pages through every proposal once, in each order and direction", async () => {
    for (let index = 0; index < 7; index++) {
      const manifest = firewall(`203.0.113.${index}/32`);
      must(await world.desk.create(ben, { from: "text", ...shop, manifest, title: `number ${index}` }, world.signal));
    }
    for (const field of ["number", "updatedAtMs", "createdAtMs", "namespace", "state", "risk", "readiness"]) {
      for (const sort of [field, `-${field}`]) {
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const page = must(
            await world.desk.list(ada, { limit: 3, sort, ...(cursor === undefined ? {} : { cursor }) }),
          );
          expect(page.total).toBe(7);
          seen.push(...page.items.map(({ number }) => number));
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        expect(
          seen.toSorted((a, b) => a - b),
          sort,
        ).toEqual([1, 2, 3, 4, 5, 6, 7]);
      }
    }
  });

  test("refuses a cursor of other filters, and an order that there is not", async () => {
    for (let index = 0; index < 3; index++) {
      must(
        await world.desk.create(
          ben,
          { from: "text", ...shop, manifest: firewall(`203.0.113.${index}/32`) },
          world.signal,
        ),
      );
    }
    const page = must(await world.desk.list(ada, { limit: 1 }));
    const { nextCursor } = page;
    expect(await world.desk.list(ada, { limit: 1, q: "shop", cursor: nextCursor! })).toMatchObject({
      error: { kind: "invalid" },
    });
    expect(await world.desk.list(ada, { limit: 1, sort: "colour" })).toMatchObject({ error: { code: "sort_unknown" } });
  });

  test("`mine` is what one may decide now", async () => {
    const suggested = must(await act(cleo, await world.suggested(), "submit"));
    const text = { from: "text", ...shop, manifest: firewall("198.51.100.0/24") } as const;
    const own = must(await world.desk.create(ben, text, world.signal));
    must(await act(ben, own, "submit"));
    expect(must(await world.desk.list(ben, { limit: 50, mine: true })).items.map(({ id }) => id)).toEqual([
      suggested.id,
    ]);
    expect(must(await world.desk.list(ada, { limit: 50, mine: true })).items).toHaveLength(2);
    expect(must(await world.desk.list(cleo, { limit: 50, mine: true })).items).toEqual([]);
  });
});
