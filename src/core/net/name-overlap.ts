import { canonicalGlob, fixedEnd } from "./name-glob.ts";
import { globOf, matchesName, type NamePattern } from "./name-pattern.ts";

/** Whether some name is a name of both patterns. */
export function overlapsPattern(a: NamePattern, b: NamePattern): boolean {
  if (a.kind === "exact") return matchesName(b, a.name);
  if (b.kind === "exact") return matchesName(a, b.name);
  const [left, right] = [globOf(a), globOf(b)];
  if (left === "*" || right === "*") return true;
  return overlapLabels(labelsOf(left), labelsOf(right));
}

interface Labels {
  /** One label or more before the others. */
  readonly isDeep: boolean;
  /** Last first; each with `*` for any characters of the label. */
  readonly labels: readonly string[];
}

function labelsOf(glob: string): Labels {
  const text = canonicalGlob(glob);
  const isDeep = text.startsWith("**.");
  return { isDeep, labels: (isDeep ? text.slice(3) : text).split(".").toReversed() };
}

/** Labels are compared from the end, where both patterns are anchored. */
function overlapLabels(a: Labels, b: Labels): boolean {
  const shared = Math.min(a.labels.length, b.labels.length);
  for (let i = 0; i < shared; i += 1) if (!overlapLabel(a.labels[i]!, b.labels[i]!)) return false;
  if (a.isDeep && b.isDeep) return true;
  // What any depth stands for must take at least one label of the other.
  if (a.isDeep) return b.labels.length > a.labels.length;
  if (b.isDeep) return a.labels.length > b.labels.length;
  return a.labels.length === b.labels.length;
}

/** Whether two texts with stars have a common, non-empty reading. O(a × b). */
function overlapLabel(a: string, b: string): boolean {
  const width = b.length + 1;
  const reached = new Uint8Array((a.length + 1) * width);
  reached[0] = 1;
  for (let i = 0; i <= a.length; i += 1) {
    for (let j = 0; j <= b.length; j += 1) {
      if (reached[i * width + j] === 0) continue;
      const [x, y] = [a[i], b[j]];
      if (x === "*") reached[(i + 1) * width + j] = 1;
      if (y === "*") reached[i * width + j + 1] = 1;
      if (x !== undefined && y === "*" && x !== "*") reached[(i + 1) * width + j] = 1;
      if (y !== undefined && x === "*" && y !== "*") reached[i * width + j + 1] = 1;
      if (x !== undefined && x === y && x !== "*") reached[(i + 1) * width + j + 1] = 1;
    }
  }
  return reached[a.length * width + b.length] === 1;
}

/** Labels of the part behind the wildcard; all of them for an exact name. */
export function fixedLabels(pattern: NamePattern): number {
  const end = pattern.kind === "exact" ? pattern.name : fixedEnd(globOf(pattern));
  return end === "" ? 0 : end.split(".").length;
}
