/** A word as a POSIX shell reads it back: as it stands where that is harmless, in single quotes otherwise. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line to copy. */
export function commandLine(...words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}
