import { isTest, isTypeScript, referencesOf, type SourceFile } from "./source-file.ts";

/**
 * Files that nobody would miss: neither started by a person or a tool (entries), nor a test, nor imported from one of
 * these.
 * @param isEntry tells what is started by path: process entries, scripts, benchmarks, configuration
 */
export function checkUnreachableFiles(
  files: readonly SourceFile[],
  isEntry: (path: string) => boolean,
): readonly string[] {
  const sources = new Map(files.filter(isTypeScript).map((file) => [file.path, file]));
  const reached = new Set([...sources.keys()].filter((path) => isEntry(path) || isTest(path)));
  for (const path of reached) {
    const file = sources.get(path);
    if (file === undefined) continue;
    for (const { target } of referencesOf(file)) if (target !== undefined) reached.add(target);
  }
  return [...sources.keys()]
    .filter((path) => !reached.has(path))
    .map((path) => `${path} is imported by nothing that runs: code nobody uses rots; use it, test it or delete it`);
}
