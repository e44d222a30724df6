import { expect, test } from "vitest";
import { changeInWords } from "./words.ts";

const dossier = {
  rules: [{}, {}],
  differences: [{ change: "newly denied" }, { change: "newly denied" }, { change: "newly allowed" }],
  differencesLeftOut: 0,
  isComparisonComplete: true,
  evidence: { connections: 1_200 },
  notLearned: [],
  notLearnedLeftOut: 0,
  replay: { newlyDenied: 1, newlyAllowed: 0, unknown: 2 },
};
const proposal = {
  dossier,
  baseManifest: null,
  manifest: "x",
  kind: "EgressFirewall",
  policyName: "default",
  namespace: "shop",
  origin: "suggested",
  reverts: null,
};
const said = (changes: object): readonly string[] => changeInWords({ ...proposal, ...changes } as never);

test("a first policy", () => {
  expect(said({})).toEqual([
    "Adds `default` (EgressFirewall) in `shop`, with 2 rules. Nothing restricts egress by it today.",
    "It closes 2 ranges of destinations and opens 1 range of destinations.",
    "Of 1,200 recorded connections, 1 would be blocked that are open now, 2 cannot be judged.",
  ]);
});

test("a revert that empties", () => {
  expect(said({ manifest: "", baseManifest: "y", origin: "revert" }).slice(0, 2)).toEqual([
    "Removes `default` (EgressFirewall) in `shop`: its traffic is no longer restricted by it.",
    "Takes a change back that was merged before.",
  ]);
});

test("what stays equal, and what is not known to", () => {
  const equal = { ...dossier, differences: [], replay: { newlyDenied: 0, newlyAllowed: 0, unknown: 0 } };
  expect(said({ baseManifest: "y", dossier: equal }).slice(1)).toEqual([
    "It decides exactly as the policy before.",
    "Of 1,200 recorded connections, every one keeps its verdict.",
  ]);
  expect(said({ dossier: { ...equal, isComparisonComplete: false } })[1]).toBe(
    "No difference was found. The comparison is not complete: there may be more.",
  );
});

test("what was left out on purpose is told beside what is blocked", () => {
  const scanned = { ...dossier, notLearned: [{}], notLearnedLeftOut: 2 };
  expect(said({ dossier: scanned })[2]).toBe(
    "Of 1,200 recorded connections, 1 would be blocked that are open now, 2 cannot be judged. Postern left 3 of them out on purpose; Replay says why.",
  );
});
