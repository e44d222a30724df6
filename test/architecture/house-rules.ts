import { posix } from "node:path";
import { isTest, isTypeScript, type SourceFile } from "./source-file.ts";

const longestFile = 400;

/** Every folder under `src/` with code in or below it opens with its purpose. */
export function checkFolderReadmes(files: readonly SourceFile[]): readonly string[] {
  const folders = new Set<string>();
  for (const { path } of files.filter(isTypeScript)) {
    if (!path.startsWith("src/")) continue;
    for (let folder = posix.dirname(path); folder !== "src"; folder = posix.dirname(folder)) folders.add(folder);
  }
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return [...folders].toSorted().flatMap((folder) => {
    const text = texts.get(`${folder}/README.md`);
    if (text === undefined || text.trim() === "") {
      return [`${folder} has no README.md: say in two to six lines what it is for, what goes in and what comes out`];
    }
    return [];
  });
}

/** @param allowed path of each longer file to the reason why it stays in one piece */
export function checkFileLengths(
  files: readonly SourceFile[],
  allowed: Readonly<Record<string, string>>,
): readonly string[] {
  const long = new Map(
    files
      .filter(isTypeScript)
      .map(({ path, text }) => [path, text.trimEnd().split("\n").length] as const)
      .filter(([, lines]) => lines > longestFile),
  );
  return [
    ...[...long]
      .filter(([path]) => !Object.hasOwn(allowed, path))
      .map(
        ([path, lines]) =>
          `${path} has ${lines} lines, more than ${longestFile}: it holds a second idea; give that a file of its own, ` +
          "or list the file in test/architecture.test.ts with the reason why it stays in one piece",
      ),
    ...Object.keys(allowed)
      .filter((path) => !long.has(path))
      .map((path) => `${path} is listed as a long file and is none: delete the line in test/architecture.test.ts`),
  ];
}

/** Names that say nothing about what is inside, and so attract everything. */
export function checkVagueNames(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path }) => /(?:^|[/-])(?:utils?|helpers?|types?|misc)(?:\.test)?\.[cm]?[jt]s$/.test(path))
    .map(({ path }) => `${path} has a name that says nothing: call it after the one idea it holds`);
}

/** A test that expects nothing passes whatever the code does. */
export function checkTestsExpect(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path, text }) => isTest(path) && !/\bexpect(?:TypeOf)?\(|\bfc\.assert\(/.test(text))
    .map(({ path }) => `${path} expects nothing, so it passes whatever the code does: add an \`expect\`, or delete it`);
}

/** Notes of unfinished work belong where work is planned: in an issue, or done. */
export function checkUnfinishedNotes(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const note = /\b(?:TO[D]O|FIX[M]E|XX[X])\b/.exec(line);
      if (note === null) return [];
      return [`${path}:${index + 1} says \`${note[0]}\`: nobody reads notes there; do it now, or file an issue`];
    }),
  );
}
