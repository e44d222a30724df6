/**
 * Names written as Cilium's `matchPattern` (its pkg/fqdn/matchpattern): `*` stands for any number of characters inside a
 * label, none included; a leading `**.` for one label or more; `*` alone for every name. Patterns are compared as sets of
 * names whose labels are made of `[-a-z0-9_]` and are not empty.
 */
export type GlobText = string;

/** Lower case, no trailing dot, and stars only where they mean something: equal texts are the same pattern. */
export function canonicalGlob(text: string): GlobText {
  const lower = text.toLowerCase();
  if (/^\*+\.?$/.test(lower)) return "*";
  const bare = lower.endsWith(".") ? lower.slice(0, -1) : lower;
  const prefix = /^\*{2,}\./.test(bare) ? "**." : "";
  const rest = prefix === "" ? bare : bare.slice(bare.indexOf(".") + 1);
  return `${prefix}${rest.replaceAll(/\*{2,}/g, "*")}`;
}

/** The whole labels behind the last label with a star; empty where there are none. */
export function fixedEnd(glob: GlobText): string {
  const labels = glob.split(".");
  return labels.slice(labels.findLastIndex((label) => label.includes("*")) + 1).join(".");
}

/** One step of a pattern: a character of its own, `*` inside a label, or labels with the dot behind them. */
type Step = string | typeof inLabel | typeof labels | typeof anything;
const inLabel = Symbol("any characters of a label");
const labels = Symbol("one label or more, and a dot");
const anything = Symbol("any characters");

interface Program {
  readonly steps: readonly Step[];
  /** Per step: how many labels of the pattern end before it. */
  readonly segments: readonly number[];
}

const programs = new Map<GlobText, Program>();
const mostPrograms = 10_000;

function programOf(glob: GlobText): Program {
  const known = programs.get(glob);
  if (known !== undefined) return known;
  const steps: Step[] = [];
  const isDeep = glob.startsWith("**.");
  if (glob === "*") steps.push(anything);
  else {
    if (isDeep) steps.push(labels);
    for (const character of isDeep ? glob.slice(3) : glob) steps.push(character === "*" ? inLabel : character);
  }
  let segment = 0;
  const segments = steps.map((step) => (step === "." || step === labels ? segment++ : segment));
  const made = { steps, segments: [...segments, segment] };
  if (programs.size >= mostPrograms) programs.clear();
  programs.set(glob, made);
  return made;
}

const isLabelCharacter = (character: string): boolean => /^[-a-z0-9_]$/.test(character);
const isName = (name: string): boolean => /^[-a-z0-9_]+(\.[-a-z0-9_]+)*$/.test(name);

/** `name` in canonical form. O(name × pattern). */
export function matchesGlob(glob: GlobText, name: string): boolean {
  if (!isName(name)) return false;
  const program = programOf(glob);
  let at = closed(program, [0]);
  for (const character of name) {
    at = advance(program, at, character);
    if (at.length === 0) return false;
  }
  return at.includes(program.steps.length);
}

function successors({ steps }: Program, position: number, character: string): readonly number[] {
  const step = steps[position];
  if (step === undefined) return [];
  if (typeof step === "string") return step === character ? [position + 1] : [];
  if (step === anything) return [position];
  if (isLabelCharacter(character)) return [position];
  return step === labels && character === "." ? [position, position + 1] : [];
}

function advance(program: Program, positions: readonly number[], character: string): readonly number[] {
  return closed(
    program,
    positions.flatMap((position) => successors(program, position, character)),
  );
}

/**
 * Sorted, with what can be reached without a character. In one label whatever can be matched from before a star can be
 * matched from the star too, so that only the last star counts and few sets of positions are possible.
 */
function closed({ steps, segments }: Program, positions: readonly number[]): readonly number[] {
  const all = new Set<number>();
  for (const position of positions) {
    let at = position;
    all.add(at);
    while (steps[at] === inLabel || steps[at] === anything) all.add((at += 1));
  }
  const sorted = [...all].sort((a, b) => a - b);
  const lastStars = new Map<number, number>();
  for (const at of sorted) if (steps[at] === inLabel) lastStars.set(segments[at]!, at);
  return sorted.filter((at) => at >= (lastStars.get(segments[at]!) ?? 0));
}

/**
 * Positions that are followed before the answer is "not surely": of two patterns that stars cut into many labels, more
 * pairs of them than anybody can wait for may be possible. Patterns of people take some hundreds.
 */
const mostFollowed = 200_000;

/** Any depth and then stars in several labels: where the labels of a name belong can be answered in too many ways. */
function isTangled(glob: GlobText): boolean {
  return glob.startsWith("**.") && glob.split(".").filter((label) => label.includes("*")).length > 3;
}

/** Whether every name of `inner` is a name of `outer`: their automata are followed side by side. */
export function includesGlob(outer: GlobText, inner: GlobText): boolean {
  if (outer === "*" || outer === inner) return true;
  if (isTangled(outer)) return false;
  const given = programOf(inner);
  const wanted = programOf(outer);
  const alphabet = alphabetOf(outer + inner);
  // Where `inner` is, whether a label has begun, and where `outer` can be by then.
  interface Pair {
    readonly at: number;
    readonly isInLabel: boolean;
    readonly outer: readonly number[];
  }
  const seen = new Set<string>();
  const open: Pair[] = [];
  const visit = (positions: readonly number[], isInLabel: boolean, reached: readonly number[]): void => {
    for (const at of positions) {
      const key = `${at} ${isInLabel ? 1 : 0} ${reached.join()}`;
      if (seen.has(key)) continue;
      seen.add(key);
      open.push({ at, isInLabel, outer: reached });
    }
  };
  visit(closed(given, [0]), false, closed(wanted, [0]));
  let followed = 0;
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    followed += (pair.outer.length + 1) * alphabet.length;
    if (followed > mostFollowed) return false;
    const isAccepted = pair.at === given.steps.length && pair.isInLabel;
    if (isAccepted && !pair.outer.includes(wanted.steps.length)) return false;
    for (const character of pair.isInLabel ? [...alphabet, "."] : alphabet) {
      const next = successors(given, pair.at, character);
      if (next.length > 0) visit(closed(given, next), character !== ".", advance(wanted, pair.outer, character));
    }
  }
  return true;
}

/** The characters that the patterns tell apart: their own, and one that stands for all others. */
function alphabetOf(text: string): readonly string[] {
  const own = new Set(text.split("").filter(isLabelCharacter));
  const other = "abcdefghijklmnopqrstuvwxyz0123456789-_".split("").find((character) => !own.has(character));
  return other === undefined ? [...own] : [...own, other];
}
