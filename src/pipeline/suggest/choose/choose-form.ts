import type { UseStatistics } from "../../baseline/statistics/use-statistics.ts";
import { addressCandidates, networkCandidates } from "./address-candidates.ts";
import { type Candidate, formOf, portsOpened, priceOf } from "./candidate.ts";
import type { Choice, Form, Posture } from "./choice.ts";
import type { ChooseInput } from "./choose-input.ts";
import { becauseOf, whyNot } from "./explain.ts";
import { keptBonus, keptCandidates, keptTargets } from "./kept-candidate.ts";
import { nameCandidates } from "./name-candidates.ts";
import { nodeCandidates } from "./node-candidate.ts";
import { postures } from "./posture.ts";
import { publishedCandidates } from "./published-candidates.ts";

/** A choice, and what else there was: a policy with too many rules comes back for a coarser form. */
export interface Weighed {
  readonly choice: Choice;
  readonly statistics: UseStatistics;
  readonly candidate: Candidate;
  /** With fewer rules than the chosen one, and what they cost more, cheapest per rule saved first. */
  readonly coarser: readonly { readonly candidate: Candidate; readonly costsMore: number }[];
  readonly take: (candidate: Candidate, because: string) => Weighed;
}

/** The form of the smallest price, and the next best of another kind. The same input gives the same choice. */
export function chooseForm(input: ChooseInput, posture: Posture): Weighed {
  const { use, abilities, statistics } = input;
  const candidates = candidatesOf(input);
  const ports = portsOpened(use.ports.length, abilities);
  const best = bestOf(candidates, ports, posture);
  return weigh({ use, statistics }, candidates, best, { ports, posture }, undefined);
}

/** Every way to allow a service that is known, with what is to be expected of it. */
export function formsOf(input: ChooseInput, posture: Posture): readonly Form[] {
  const ports = portsOpened(input.use.ports.length, input.abilities);
  return candidatesOf(input).map((candidate) => formOf(candidate, ports, posture));
}

function weigh(
  { use, statistics }: Pick<ChooseInput, "use" | "statistics">,
  candidates: readonly Candidate[],
  chosen: Candidate,
  { ports, posture }: { readonly ports: number; readonly posture: Posture },
  forced: string | undefined,
): Weighed {
  const price = (candidate: Candidate): number => priceOf(candidate, ports, posture).total;
  const others = candidates.filter(
    (candidate) => candidate !== chosen && (candidate.kind !== chosen.kind || candidate.key !== chosen.key),
  );
  const differing = others.filter(({ kind }) => kind !== chosen.kind);
  const second = cheapest(differing.length > 0 ? differing : others, price);
  const coarser = candidates
    .filter(({ rules }) => rules < chosen.rules)
    .map((candidate) => ({ candidate, costsMore: price(candidate) - price(chosen) }))
    .sort(
      (a, b) => a.costsMore / (chosen.rules - a.candidate.rules) - b.costsMore / (chosen.rules - b.candidate.rules),
    );
  const choice: Choice = {
    use,
    form: formOf(chosen, ports, posture),
    runnerUp:
      second === undefined
        ? undefined
        : { form: formOf(second, ports, posture), because: whyNot(second, chosen, ports, posture) },
    because: forced ?? becauseOf(chosen),
  };
  return {
    choice,
    statistics,
    candidate: chosen,
    coarser,
    take: (candidate, because) => weigh({ use, statistics }, candidates, candidate, { ports, posture }, because),
  };
}

function candidatesOf(input: ChooseInput): readonly Candidate[] {
  const byAddress = [
    ...addressCandidates(input),
    ...networkCandidates(input),
    ...publishedCandidates(input),
    ...keptCandidates(input),
  ];
  const all = [...byAddress, ...nameCandidates(input, byAddress), ...nodeCandidates(input)];
  if (input.kept.length === 0) return all;
  const known = keptTargets(input.kept, input.use.ports);
  const isKept = (candidate: Candidate): boolean =>
    candidate.key !== "kept" && candidate.rules <= known.size * 2 && candidate.targets().every((to) => known.holds(to));
  const inForce = new Set(all.filter(isKept));
  // What is in force as a whole needs no mixture of what is in force and what is not.
  return all
    .filter(({ key }) => key !== "kept" || inForce.size === 0)
    .map((candidate) => (inForce.has(candidate) ? { ...candidate, malus: candidate.malus - keptBonus } : candidate));
}

/**
 * The cheapest under the posture, of those that open no less than what a stricter posture would choose: rules cost too, and
 * without this a more cautious posture could come to open less.
 */
function bestOf(candidates: readonly Candidate[], ports: number, posture: Posture): Candidate {
  let best: Candidate | undefined;
  for (const each of postures.slice(0, postures.indexOf(posture) + 1)) {
    const least = best?.opens ?? 0;
    const allowed = candidates.filter(({ opens }) => opens >= least);
    best = cheapest(allowed, (candidate) => priceOf(candidate, ports, each).total) ?? best;
  }
  if (best === undefined) throw new TypeError("a service without a form");
  return best;
}

function cheapest(candidates: readonly Candidate[], price: (candidate: Candidate) => number): Candidate | undefined {
  let best: Candidate | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const own = price(candidate);
    // Prices that differ by less than this are equal, so that noise in the last digit decides nothing.
    if (own < least - 1e-9) {
      best = candidate;
      least = own;
    }
  }
  return best;
}
