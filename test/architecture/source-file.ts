import { posix } from "node:path";

/** One file of the repository; `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One way in which a file names another module. */
export interface Reference {
  readonly line: number;
  /** What was written: `./ip.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** Whether only types are taken, so that nothing is left of it when the program runs. */
  readonly isTypeOnly: boolean;
  /** Path of the file that a relative specifier means; undefined for packages and `node:` modules. */
  readonly target: string | undefined;
}

const patterns = [
  /^(?:import|export)\b(?<only> type\b)?[^;"']*?\bfrom "(?<module>[^"\n]+)"/gm,
  /^import "(?<module>[^"\n]+)"/gm,
  /^(?!\s*(?:\*|\/\/)).*?\bimport\("(?<module>[^"\n]+)"\)/gm,
  // Workers and programs are named by path.
  /\bnew URL\(\s*"(?<module>\.[^"\n]*\.ts)",\s*import\.meta\.url/g,
  /\bimport\.meta\.dirname, "(?<file>[^"\n]+\.ts)"/g,
];

/**
 * The modules a TypeScript file names, in the order of the file. Relies on the formatter: a declaration starts at the
 * first column and strings have double quotes.
 */
export function referencesOf({ path, text }: SourceFile): readonly Reference[] {
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map(({ index, groups }) => {
      const specifier = groups?.module ?? `./${groups?.file ?? ""}`;
      return {
        line: text.slice(0, index).split("\n").length,
        specifier,
        isTypeOnly: groups?.only !== undefined,
        target: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined,
      };
    })
    .toSorted((a, b) => a.line - b.line);
}

export function isTypeScript({ path }: SourceFile): boolean {
  return path.endsWith(".ts") || path.endsWith(".tsx");
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

/** Tests, and what they share in a folder of sources: `x.test.ts`, `x.test-support.ts`. */
export function isTestCode(path: string): boolean {
  return isTest(path) || path.endsWith(".test-support.ts");
}
