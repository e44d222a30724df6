import {
  allOf,
  atomsOf,
  holds,
  notOf,
  type SelectorAtom,
  type SelectorExpression,
  valueFits,
} from "./selector-expression.ts";

/** Past these, the answer is "cannot be told", which is always the safe one. */
const triedWorlds = 20_000;
const textTestsPerKey = 6;

/** Whether everything that fits `inner` surely fits `outer`. Sound; complete without tests on parts of a value. */
export function impliesExpression(inner: SelectorExpression, outer: SelectorExpression): boolean {
  return !isSatisfiable(allOf([inner, notOf(outer)]));
}

/** Whether nothing can fit both. Sound; complete without tests on parts of a value. */
export function areDisjointExpressions(a: SelectorExpression, b: SelectorExpression): boolean {
  return !isSatisfiable(allOf([a, b]));
}

type Atom = Exclude<SelectorAtom, { kind: "global" }>;
/** What one label may be: which of its atoms hold. */
type Possibility = ReadonlySet<Atom>;

/**
 * Whether some labels fit. An expression looks at few values of each label, so it is tried on all of those, on one more
 * value that it does not mention, and on none. What an unmentioned value contains is taken as free, which can only find
 * more labels than there are.
 */
function isSatisfiable(expression: SelectorExpression): boolean {
  const atoms = atomsOf(expression).filter((atom) => atom.kind !== "global");
  const byKey = [...Map.groupBy(atoms, ({ key }) => key).values()].map(possibilitiesOf);
  if (byKey.some((possibilities) => possibilities === undefined)) return true;
  const known = byKey as readonly (readonly Possibility[])[];
  const worlds = known.reduce((product, { length }) => product * length, 2);
  if (worlds > triedWorlds) return true;
  const tryFrom = (at: number, chosen: readonly Possibility[]): boolean => {
    if (at === known.length) {
      return [false, true].some((isGlobal) =>
        holds(expression, (atom) => (atom.kind === "global" ? isGlobal : chosen.some((set) => set.has(atom)))),
      );
    }
    return known[at]!.some((possibility) => tryFrom(at + 1, [...chosen, possibility]));
  };
  return tryFrom(0, []);
}

/** @param atoms all of one key */
function possibilitiesOf(atoms: readonly Atom[]): readonly Possibility[] | undefined {
  const textTests = [...new Set(atoms.filter(({ kind }) => kind !== "has" && kind !== "in").map(textOf))];
  if (textTests.length > textTestsPerKey) return undefined;
  const mentioned = new Set(atoms.flatMap((atom) => (atom.kind === "in" ? atom.values : [])));
  const ofMentioned = [...mentioned].map((value) => new Set(atoms.filter((atom) => valueFits(atom, value))));
  const unmentioned = Array.from({ length: 2 ** textTests.length }, (_, chosen) => {
    const isTrue = (atom: Atom): boolean =>
      atom.kind === "has" || (atom.kind !== "in" && ((chosen >> textTests.indexOf(textOf(atom))) & 1) === 1);
    return new Set(atoms.filter(isTrue));
  });
  return [new Set<Atom>(), ...ofMentioned, ...unmentioned];
}

function textOf(atom: Atom): string {
  return "value" in atom ? `${atom.kind} ${atom.value}` : atom.kind;
}
