import { openStates } from "../../pipeline/propose/proposal-states.ts";
import type { LawBench } from "../law/law-bench.ts";
import { lawInputOf } from "../proposals/law-of-proposal.ts";
import type { Decisions } from "../state/books.ts";
import type { StoredLaw } from "../state/law-book.ts";

/** Most open proposals that a law is tried on, the newest first. */
const mostTried = 500;

interface Breach {
  readonly proposal: string;
  readonly clause: string;
}

/** What a law that is not in force yet would say of the proposals that are open. */
export async function breachesOfLaw(
  name: string,
  text: string,
  {
    decisions,
    bench,
    nowMs,
  }: { readonly decisions: Decisions; readonly bench: LawBench; readonly nowMs: () => number },
): Promise<readonly Breach[]> {
  const candidate: StoredLaw = {
    name,
    version: 0,
    text,
    changedAtMs: nowMs(),
    changedBy: { subject: "postern", name: "Postern" },
  };
  const states = [...openStates];
  const { proposals } = await decisions.proposals.list({
    within: undefined,
    states,
    sort: "number",
    isDescending: true,
    limit: mostTried,
  });
  const breaches: Breach[] = [];
  for (const proposal of proposals) {
    const dossier = await decisions.proposals.dossier(proposal.dossierDigest);
    const { verdicts } = await bench.judge([candidate], lawInputOf(proposal, dossier, nowMs()));
    const clauses = new Set(verdicts.filter(({ effect }) => effect === "forbids").map(({ clause }) => clause));
    breaches.push(...[...clauses].map((clause) => ({ proposal: proposal.id, clause })));
  }
  return breaches;
}
