/**
 * An observer runs for months beside other people's work: Node.js is to collect what a batch leaves behind instead of
 * growing. Neither is a limit, so nothing fails that would not fail without.
 */
const frugal = ["--max-semi-space-size=1", "--optimize-for-size"];
/**
 * A server answers somebody all the time, and by itself Node.js lets four times as much lie about as is in use, with the database's
 * memory behind it. Let it collect a little after as much has come again: sooner costs processor time, and people's.
 */
const tidy = ["--max-semi-space-size=16", "--heap-growing-percent=120"];
/** They end at once. */
const shortCommands = new Set(["check", "key"]);

/** Whether an observer is to run, for which there is an entry of its own. */
export function isObserver([command, subcommand = ""]: readonly string[]): boolean {
  return command === "observe" && !shortCommands.has(subcommand);
}

/**
 * What Node.js is to be started with for these arguments, beside what was said already: on its own command line or in
 * `NODE_OPTIONS`, where somebody may know better.
 */
export function nodeOptionsFor(args: readonly string[], said: readonly string[]): readonly string[] {
  const known = new Set(said.map(nameOf));
  const wanted = isObserver(args) ? frugal : args[0] === "serve" ? tidy : [];
  return wanted.filter((option) => !known.has(nameOf(option)));
}

/**
 * The environment for these arguments. glibc gives each thread an arena of its own and returns little of it: with one for all, what
 * a batch needed for a moment is used again.
 */
export function environmentFor(args: readonly string[], environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return isObserver(args) ? { MALLOC_ARENA_MAX: "1", ...environment } : environment;
}

/** Node.js takes `_` for `-`. */
function nameOf(option: string): string {
  return option.split("=")[0]!.replaceAll("_", "-");
}
