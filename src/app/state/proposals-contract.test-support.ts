import { expect } from "vitest";
import { type Proposal, proposalStates } from "../../pipeline/propose/proposal.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { ProposalListQuery } from "./proposals.ts";
import type { State } from "./state.ts";

type On = (what: string, check: (state: State) => Promise<void>) => void;

const ada = { subject: "local:ada", name: "Ada" };

export function proposalForTest(id: string, more: Partial<Proposal> = {}): Omit<Proposal, "number"> {
  return {
    id,
    cluster: "east",
    namespace: "shop",
    kind: "EgressFirewall",
    policyName: "default",
    state: "draft",
    origin: "suggested",
    title: "Let the shop reach its bank",
    version: 1,
    revision: 1,
    baseManifest: undefined,
    baseDigest: undefined,
    manifest: "kind: EgressFirewall\n",
    dossierDigest: "d1",
    risk: "low",
    readinessDay: 0.97,
    newlyDenied: 0,
    newlyAllowed: 3,
    lawBreaches: 0,
    justification: "",
    ticket: "",
    labels: [],
    reviewers: [],
    approvalsNeeded: 1,
    expiresAtMs: undefined,
    author: ada,
    editors: [ada],
    decisions: [],
    delivery: undefined,
    supersedes: undefined,
    supersededBy: undefined,
    reverts: undefined,
    createdAtMs: 1_000,
    updatedAtMs: 1_000,
    ...more,
  };
}

const full: Partial<Proposal> = {
  state: "pull-request-open",
  baseManifest: "kind: EgressFirewall\n# before\n",
  baseDigest: "b1",
  labels: ["egress"],
  reviewers: ["local:grace"],
  expiresAtMs: 9_000,
  decisions: [
    {
      atMs: 1,
      by: ada,
      action: "submit",
      from: "draft",
      to: "pending-review",
      revision: 1,
      comment: "look — \u{1f50d}",
    },
  ],
  delivery: {
    repository: "policies",
    branch: "postern/east/shop",
    path: "east/shop/egress.yaml",
    commit: "c0ffee",
    pullRequest: { id: "7", url: undefined, state: "open" },
    mergeCommit: undefined,
    isTakenOver: false,
    trouble: undefined,
  },
};

const everything: ProposalListQuery = { within: undefined, sort: "number", isDescending: false, limit: 100 };

export function proposalChecks(on: On): void {
  on("keeps a proposal as it was given, with a number", async ({ decisions: { proposals } }) => {
    const one = await proposals.add(proposalForTest("p-1"));
    const two = await proposals.add(proposalForTest("p-2", full));
    expect([one.number, two.number]).toEqual([1, 2]);
    expect(await proposals.byId("p-2")).toEqual(two);
    expect(await proposals.byId("1")).toEqual(one);
    for (const unknown of ["p-3", "3", "0", "01", "1e0", "", "99999999999999999999"]) {
      expect(await proposals.byId(unknown)).toBeUndefined();
    }
    await expect(proposals.add(proposalForTest("p-2"))).rejects.toThrow(/./);
    // The one that failed took no number.
    expect(await proposals.add(proposalForTest("p-3"))).toMatchObject({ number: 3 });
  });

  on("keeps what a later version adds to a proposal", async ({ decisions: { proposals } }) => {
    const more = { decisions: [{ ...full.decisions![0]!, countsFor: ["company/approvals"] }], color: "blue" };
    const added = await proposals.add(proposalForTest("p-1", more));
    expect(await proposals.byId("p-1")).toEqual(added);
  });

  on("replaces a proposal unless somebody did since", async ({ decisions: { proposals } }) => {
    const read = await proposals.add(proposalForTest("p-1"));
    const written = await proposals.replace({ ...read, title: "first", readinessDay: undefined });
    expect(written).toEqual({ ...read, title: "first", readinessDay: undefined, version: 2 });
    expect(await proposals.byId("p-1")).toEqual(written);
    expect(await proposals.replace({ ...read, title: "second" })).toBeUndefined();
    expect(await proposals.byId("p-1")).toEqual(written);
    expect(await proposals.replace({ ...read, number: 7 })).toBeUndefined();
  });

  on("of many that replace a proposal lets one win", async ({ decisions: { proposals } }) => {
    const read = await proposals.add(proposalForTest("p-1"));
    const tries = Array.from({ length: 8 }, (_, n) => proposals.replace({ ...read, title: `${n}` }));
    expect((await Promise.all(tries)).filter((written) => written !== undefined)).toHaveLength(1);
  });

  on("finds open proposals of a namespace", async ({ decisions: { proposals } }) => {
    for (const [n, state] of proposalStates.entries()) await proposals.add(proposalForTest(`p-${n}`, { state }));
    await proposals.add(proposalForTest("p-np", { kind: "NetworkPolicy" }));
    await proposals.add(proposalForTest("p-else", { cluster: "west" }));
    const where = { cluster: "east", namespace: "shop" };
    const states = (await proposals.openOf(where, "EgressFirewall")).map(({ state }) => state);
    expect(states).toEqual(
      proposalStates.filter((state) => !["verified", "rejected", "superseded", "rolled-back"].includes(state)),
    );
    expect(await proposals.openOf(where)).toHaveLength(states.length + 1);
    const counts = await proposals.countOpenByNamespace();
    expect(counts.toSorted((a, b) => b.open - a.open)).toEqual([
      { ...where, open: states.length + 1 },
      { cluster: "west", namespace: "shop", open: 1 },
    ]);
  });

  on("lists proposals by every filter", async ({ decisions: { proposals } }) => {
    const rows: readonly Partial<Proposal>[] = [
      { namespace: "shop", state: "draft", risk: "low", title: "50% of a_b" },
      { namespace: "bank", state: "approved", risk: "high", kind: "NetworkPolicy", title: "ÉTAGE" },
      { cluster: "west", namespace: "shop", origin: "fix", author: { subject: "local:grace", name: "Grace" } },
    ];
    for (const [n, row] of rows.entries()) await proposals.add(proposalForTest(`p-${n}`, row));
    const listed = async (query: Partial<ProposalListQuery>): Promise<string> => {
      const { proposals: page, total } = await proposals.list({ ...everything, ...query });
      expect(total).toBe(page.length);
      return page.map(({ number }) => number).join(" ");
    };
    expect(await listed({})).toBe("1 2 3");
    expect(await listed({ states: ["draft", "approved"], clusters: ["east"] })).toBe("1 2");
    expect(await listed({ namespaces: ["shop"] })).toBe("1 3");
    expect(await listed({ kinds: ["NetworkPolicy"] })).toBe("2");
    expect(await listed({ risks: ["high"] })).toBe("2");
    expect(await listed({ origins: ["fix"] })).toBe("3");
    expect(await listed({ author: "local:grace" })).toBe("3");
    expect(await listed({ states: [] })).toBe("");
    expect(await listed({ text: "0% OF A_" })).toBe("1");
    expect(await listed({ text: "a%b" })).toBe("");
    expect(await listed({ text: "étage" })).toBe("2");
    expect(await listed({ text: "EAST" })).toBe("1 2");
    expect(await listed({ text: "'; drop table proposals; --" })).toBe("");
    expect(await listed({ within: [] })).toBe("");
    const both = [
      { cluster: "east", namespace: "bank" },
      { cluster: "west", namespace: "shop" },
    ];
    expect(await listed({ within: both })).toBe("2 3");
    expect(await listed({ within: both, namespaces: ["shop"] })).toBe("3");
  });

  on("pages through proposals in every order, each once", async ({ decisions: { proposals } }) => {
    const states = ["verified", "draft", "approved"] as const;
    const risks = ["high", "low", "medium"] as const;
    for (let n = 0; n < 11; n += 1) {
      await proposals.add(
        proposalForTest(`p-${n}`, {
          namespace: `n${n % 4}`,
          state: states[n % 3]!,
          risk: risks[n % 3]!,
          readinessDay: n % 3 === 0 ? undefined : 0.9 + (n % 2) / 100,
          createdAtMs: 100 - n,
          updatedAtMs: n % 5,
        }),
      );
    }
    const all = (await proposals.list(everything)).proposals;
    for (const sort of ["number", "updatedAtMs", "createdAtMs", "namespace", "state", "risk", "readiness"] as const) {
      const valueOf = (proposal: Proposal): string | number | null =>
        (sort === "readiness" ? proposal.readinessDay : proposal[sort]) ?? null;
      for (const isDescending of [false, true]) {
        const seen: Proposal[] = [];
        for (let after: ProposalListQuery["after"]; ;) {
          const query = { ...everything, sort, isDescending, limit: 3, ...(after === undefined ? {} : { after }) };
          const page = await proposals.list(query);
          expect(page.total).toBe(11);
          seen.push(...page.proposals);
          const last = page.proposals.at(-1);
          if (last === undefined) break;
          after = { value: valueOf(last), number: last.number };
        }
        const sign = isDescending ? -1 : 1;
        const expected = all.toSorted((a, b) => {
          const [left, right] = [rankOf(valueOf(a)), rankOf(valueOf(b))];
          if (left === null || right === null)
            return Number(left === null) - Number(right === null) || sign * (a.number - b.number);
          return left < right ? -sign : left > right ? sign : sign * (a.number - b.number);
        });
        expect(seen.map(({ number }) => number)).toEqual(expected.map(({ number }) => number));
      }
    }
  });

  on("takes cursors that make no sense", async ({ decisions: { proposals } }) => {
    await proposals.add(proposalForTest("p-1"));
    for (const sort of ["number", "updatedAtMs", "namespace", "state", "risk", "readiness"] as const) {
      const query = { ...everything, sort, after: { value: "Ω'", number: 0 } };
      await expect(proposals.list(query)).resolves.toMatchObject({ total: 1 });
    }
  });

  on("keeps a dossier once, under its digest", async ({ decisions: { proposals } }) => {
    await proposals.putDossier("d1", dossier);
    await proposals.putDossier("d1", { ...dossier, cautions: ["another"] });
    expect(await proposals.dossier("d1")).toEqual(dossier);
    expect(await proposals.dossier("d2")).toBeUndefined();
  });
}

function rankOf(value: string | number | null): string | number | null {
  const risk = ["low", "medium", "high"].indexOf(String(value));
  if (risk >= 0) return risk;
  const state = (proposalStates as readonly string[]).indexOf(String(value));
  return state >= 0 ? state : value;
}

const exposure = { v4: 32, v6: null, unresolvedRules: 0 };
const dossier: Dossier = {
  evidence: {
    fromMs: 0,
    toMs: 1,
    connections: 1,
    destinations: 1,
    workloads: 1,
    flows: 1,
    samplingMax: 1,
    digest: "e1",
  },
  checks: [{ name: "complete", passed: true, detail: "" }],
  rules: [],
  differences: [],
  differencesLeftOut: 0,
  isComparisonComplete: true,
  replay: {
    unchangedAllowed: 1,
    unchangedDenied: 0,
    newlyDenied: 0,
    newlyAllowed: 0,
    unknown: 0,
    rows: [],
    rowsLeftOut: 0,
  },
  notLearned: [],
  notLearnedLeftOut: 0,
  cautions: ["only a day was seen"],
  readiness: null,
  exposureBefore: exposure,
  exposureAfter: exposure,
  risk: { level: "low", score: 3, reasons: ["it opens little"] },
};
