import { isTestCode, isTypeScript, referencesOf, type SourceFile } from "./source-file.ts";

/** The core and the pipeline decide, others act: they import neither Node.js nor packages. Their tests may. */
export function checkPurity(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter((file) => isTypeScript(file) && /^src\/(?:core|pipeline)\//.test(file.path) && !isTestCode(file.path))
    .flatMap((file) =>
      referencesOf(file)
        .filter(({ target }) => target === undefined)
        .map(
          ({ line, specifier }) =>
            `${file.path}:${line} imports \`${specifier}\`: core and pipeline are pure, the same values in give the ` +
            "same values out; take what it gives as an argument, and call it in an adapter",
        ),
    );
}
