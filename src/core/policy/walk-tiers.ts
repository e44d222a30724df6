import { intervalSet } from "../net/interval-set.ts";
import { type IpSet, intersectIp, isEmptyIp, unionIp } from "../net/ip-set.ts";
import type { CompiledPart, CompiledRules } from "./compile.ts";
import type { Decider } from "./evaluate.ts";
import type { RuleAction } from "./model.ts";
import { type Candidate, type PartAnswer, type PartDoubt, settle } from "./settle.ts";
import { type NearMiss, type Outcome, type Target, walk, type Walk, type WalkOptions } from "./walk.ts";

/** Something other than addresses that would have to be known. */
export interface Unsure {
  readonly by: number;
  readonly why: PartDoubt | "undefined-order";
}

export interface TierWalk extends Walk {
  /** Rules that leave some of the addresses to a later tier. */
  readonly passes: readonly Outcome[];
  readonly unsure: readonly Unsure[];
}

/** More pieces of a target than this, and every unresolved rule counts as a doubt. */
const maxPieces = 200;

/** {@link walk} through lists that are asked one after another; indices are those of the whole list. */
export function walkTiers(list: CompiledRules, target: Target, options: WalkOptions = {}): TierWalk {
  const parts = list.parts ?? [];
  const walks = parts.map((part) => walk({ rules: part.list.rules, otherwise: "pass" }, target, options));
  const nearMisses = walks.flatMap((own, i) =>
    own.nearMisses.map((miss): NearMiss => ({ ...miss, rule: miss.rule + parts[i]!.first })),
  );
  const unresolved = parts.map((part, i) => unresolvedOf(part, walks[i]!.nearMisses));
  const { pieces, isCoarse } = cutTarget(target.addresses, walks);
  const outcomes: Outcome[] = [];
  const passes: Outcome[] = [];
  const doubts = new Set<number>();
  const unsure = new Map<number, Unsure>();
  for (const { addresses, own } of pieces) {
    const answers = parts.map((part, i) => answerOf(part, own[i]!, unresolved[i]!));
    const settled = settle(answers, list.otherwise);
    const nominal = settle(
      answers.map((answer) => ({
        ...answer,
        mayMatch: [],
        decided: answer.doubt === "not-applied" ? undefined : answer.decided,
        doubt: undefined,
        // Each part for itself, in order: nothing is left open.
        rank: answers.indexOf(answer),
      })),
      list.otherwise,
    );
    if (nominal.kind === "unknown") throw new Error("without doubts nothing is unknown");
    const by: Decider = nominal.by ?? "otherwise";
    outcomes.push({ action: nominal.kind, by, addresses, isByName: isByName(parts, own, nominal.by) });
    for (const pass of passedOn(parts, own, nominal.by)) passes.push({ ...pass, addresses });
    if (settled.kind !== "unknown") continue;
    if (settled.why === "unresolved") doubts.add(settled.by);
    else unsure.set(settled.by, { by: settled.by, why: settled.why });
  }
  if (isCoarse) for (const { index } of unresolved.flat()) doubts.add(index);
  return {
    outcomes: mergeByRule(outcomes),
    passes: mergeByRule(passes),
    nearMisses,
    doubts: [...doubts].sort((a, b) => a - b),
    unsure: [...unsure.values()],
  };
}

function unresolvedOf({ list, first }: CompiledPart, misses: readonly NearMiss[]): readonly Candidate[] {
  return misses.flatMap(({ rule, why }) =>
    why === "unresolved" ? [{ index: first + rule, action: list.rules[rule]!.action }] : [],
  );
}

interface Piece {
  readonly addresses: IpSet;
  /** What each part says of it. */
  readonly own: readonly Outcome[];
}

interface Cut {
  readonly pieces: readonly Piece[];
  /** Some pieces are told apart by what is done with them alone: who does it is the first of several rules. */
  readonly isCoarse: boolean;
}

/** The target cut so that each part treats a piece alike: by the rule, past {@link maxPieces} of them by the action. */
function cutTarget(addresses: IpSet, walks: readonly Walk[]): Cut {
  let pieces: readonly Piece[] = [{ addresses, own: [] }];
  let isCoarse = false;
  for (const { outcomes } of walks) {
    const isLarge = pieces.length + outcomes.length > maxPieces;
    isCoarse ||= isLarge;
    const told = isLarge ? joinActions(outcomes) : outcomes;
    pieces = pieces.flatMap((piece) =>
      told
        .map((outcome) => ({
          addresses: intersectIp(piece.addresses, outcome.addresses),
          own: [...piece.own, outcome],
        }))
        .filter((each) => !isEmptyIp(each.addresses)),
    );
  }
  return { pieces, isCoarse };
}

/** One outcome for each action, for which its first rule stands, and one where no rule matches. */
function joinActions(outcomes: readonly Outcome[]): readonly Outcome[] {
  const joined = Map.groupBy(outcomes, ({ by, action }) => (by === "otherwise" ? by : action));
  return [...joined.values()].map((own) => ({
    ...own[0]!,
    addresses: {
      v4: intervalSet(own.flatMap((each) => each.addresses.v4)),
      v6: intervalSet(own.flatMap((each) => each.addresses.v6)),
    },
  }));
}

function answerOf(part: CompiledPart, { by, action }: Outcome, unresolved: readonly Candidate[]): PartAnswer {
  const { tier, rank, doubt, first, list } = part;
  const decided = by === "otherwise" ? undefined : { index: first + by, action };
  const mayMatch = unresolved.filter(({ index }) => decided === undefined || index < decided.index);
  return { tier, rank, doubt, decided, mayMatch, mark: first + list.rules.length - 1 };
}

function isByName(parts: readonly CompiledPart[], own: readonly Outcome[], by: number | undefined): boolean {
  return own.some(
    (outcome, i) => outcome.by !== "otherwise" && outcome.by + parts[i]!.first === by && outcome.isByName,
  );
}

/** Rules on the way to the one that decides, each of which left its tier. */
function passedOn(parts: readonly CompiledPart[], own: readonly Outcome[], by: number | undefined): readonly Outcome[] {
  const passes: Outcome[] = [];
  let passed: number | undefined;
  for (const [i, { first, tier, doubt }] of parts.entries()) {
    const outcome = own[i]!;
    if (tier === passed || outcome.by === "otherwise" || doubt === "not-applied") continue;
    if (outcome.by + first === by) break;
    if (outcome.action !== ("pass" satisfies RuleAction)) continue;
    passes.push({ ...outcome, by: outcome.by + first });
    passed = tier;
  }
  return passes;
}

function mergeByRule(outcomes: readonly Outcome[]): readonly Outcome[] {
  const merged = new Map<Decider, Outcome>();
  for (const outcome of outcomes) {
    const known = merged.get(outcome.by);
    const addresses = known === undefined ? outcome.addresses : unionIp(known.addresses, outcome.addresses);
    merged.set(outcome.by, { ...outcome, addresses });
  }
  return [...merged.values()];
}
