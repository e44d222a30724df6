import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RuleAction } from "./model.ts";
import { type PartAnswer, settle } from "./settle.ts";

const actions = ["allow", "deny", "pass"] as const;
const action = fc.constantFrom(...actions);

/** Up to four parts in two tiers: rules that may match, one that does, and reasons to doubt that the part is there. */
const situations = fc
  .array(
    fc.record({
      tier: fc.integer({ min: 0, max: 1 }),
      rank: fc.integer({ min: 0, max: 1 }),
      doubt: fc.constantFrom(undefined, undefined, undefined, "unknown-labels", "not-applied"),
      decided: fc.option(action, { nil: undefined }),
      mayMatch: fc.uniqueArray(action, { maxLength: 2 }),
    }),
    { maxLength: 4 },
  )
  .map((drafts) =>
    drafts
      .toSorted((a, b) => a.tier - b.tier || a.rank - b.rank)
      .map(({ decided, mayMatch, ...place }, i): PartAnswer => {
        const first = i * 10;
        return {
          ...place,
          mayMatch: mayMatch.map((each, at) => ({ index: first + at, action: each })),
          decided: decided === undefined ? undefined : { index: first + 5, action: decided },
          mark: first + 9,
        };
      }),
  );

/** Every end that some world leads to: each doubtful thing turned out in each way, in each order that nothing forbids. */
function ends(parts: readonly PartAnswer[], otherwise: RuleAction): ReadonlySet<RuleAction> {
  const found = new Set<RuleAction>();
  const walk = (left: readonly PartAnswer[], passedTier: number | undefined): void => {
    const open = left.filter(({ tier }) => tier !== passedTier);
    const [first] = open;
    if (first === undefined) {
      found.add(otherwise);
      return;
    }
    const next = open.filter(({ tier, rank }) => tier === first.tier && rank === first.rank);
    for (const part of next) {
      const rest = open.filter((other) => other !== part);
      for (const said of answersOf(part)) {
        if (said === undefined) walk(rest, undefined);
        else if (said === "pass") walk(rest, part.tier);
        else found.add(said);
      }
    }
  };
  walk(parts, undefined);
  return found;
}

function answersOf({ decided, mayMatch, doubt }: PartAnswer): readonly (RuleAction | undefined)[] {
  if (doubt === "not-applied") return [undefined, ...actions];
  const certain = [...mayMatch.map((each) => each.action), decided?.action];
  return doubt === undefined ? certain : [...certain, undefined];
}

test("a verdict is known exactly where every world leads to it, and an unknown one names what it hangs on", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(situations, fc.constantFrom("allow", "deny"), (parts, otherwise) => {
      const all = ends(parts, otherwise);
      const settled = settle(parts, otherwise);
      seen.set(settled.kind, (seen.get(settled.kind) ?? 0) + 1);
      if (all.size === 1) expect(all).toContain(settled.kind);
      else {
        expect(settled.kind).toBe("unknown");
        // The thing it names is one that is in doubt.
        const own = parts[Math.floor(settled.by! / 10)]!;
        const isShared = parts.some((other) => other !== own && other.tier === own.tier && other.rank === own.rank);
        expect(own.doubt !== undefined || own.mayMatch.length > 0 || isShared).toBe(true);
      }
    }),
    { numRuns: 20_000 },
  );
  expect([...seen.keys()].toSorted()).toEqual(["allow", "deny", "unknown"]);
});
