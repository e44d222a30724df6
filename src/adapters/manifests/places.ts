import { formatPath, type Locate, type Path } from "../../core/policy/manifest.ts";

/** Offsets of the parts of each container: items in order, values of keys in the order of `Object.keys`. */
export type Spots = ReadonlyMap<object, readonly number[]>;

/** A value read from text, and where its parts stand. */
export interface PlacedValue {
  readonly value: unknown;
  /** Offset of the value itself. */
  readonly offset: number;
  readonly spots: Spots;
  /** Where the text that all offsets count from begins in the whole file. Default 0. */
  readonly base?: number;
}

/** Line and column (both from 1, in UTF-16 units) of offsets in one text; lines are found when first asked for. */
export class Lines {
  readonly #text: string;
  #starts: number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  at(offset: number): { readonly line: number; readonly column: number } {
    this.#starts ??= lineStarts(this.#text);
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Math.max(0, offset - starts[low]!) + 1 };
  }
}

function lineStarts(text: string): number[] {
  // Editors do not count a byte order mark as a column.
  const starts = [text.startsWith("\ufeff") ? 1 : 0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The place of a path below `root`: of the part itself, or of the nearest enclosing one that is there. */
export function locateIn(file: string, lines: Lines, placed: PlacedValue, root: Path = []): Locate {
  const { value, offset, spots, base = 0 } = placed;
  const from = walk(spots, { value, offset }, root);
  return (path) => ({ file, ...lines.at(base + walk(spots, from, path).offset), path: formatPath(path) });
}

interface Placed {
  readonly value: unknown;
  readonly offset: number;
}

function walk(spots: Spots, from: Placed, path: Path): Placed {
  let { value, offset } = from;
  for (const segment of path) {
    if (typeof value !== "object" || value === null) break;
    const index = typeof segment === "number" ? segment : Object.keys(value).indexOf(segment);
    const next = spots.get(value)?.[index];
    if (next === undefined) break;
    offset = next;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return { value, offset };
}

/** `Object.keys` lists these first, whatever the order they were set in. */
export function isIndexKey(key: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(key);
}

/** An own property whatever its name: `__proto__` is a key like any other. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
