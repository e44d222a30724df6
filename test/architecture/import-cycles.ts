import { isTypeScript, referencesOf, type SourceFile } from "./source-file.ts";

/**
 * Files that import each other, directly or through others. One finding per knot, naming a shortest way round. Types do
 * not count: nothing is left of them when files are loaded.
 */
export function checkImportCycles(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map<string, readonly string[]>(
    files
      .filter(isTypeScript)
      .map((file) => [
        file.path,
        referencesOf(file).flatMap(({ target, isTypeOnly }) => (target === undefined || isTypeOnly ? [] : [target])),
      ]),
  );
  const reported = new Set<string>();
  const findings: string[] = [];
  for (const path of [...imports.keys()].toSorted()) {
    if (reported.has(path)) continue;
    const cycle = shortestWayRound(path, imports);
    if (cycle === undefined) continue;
    for (const member of cycle) reported.add(member);
    findings.push(
      `${[...cycle, path].join(" → ")}: files in a circle cannot be read, tested or loaded one at a time; ` +
        "move what both ends need into a file of its own",
    );
  }
  return findings;
}

/** Breadth first from the file until something imports it again. */
function shortestWayRound(
  start: string,
  imports: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const ways: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of imports.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return way;
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
