/**
 * An observer runs for months beside other people's work: Node.js is to collect what a batch leaves behind instead of
 * growing. Neither is a limit, so nothing fails that would not fail without.
 */
const frugal = ["--max-semi-space-size=1", "--optimize-for-size"];
/** They end at once. */
const shortCommands = new Set(["check", "key"]);

/**
 * What Node.js is to be started with for these arguments, beside what was said already: on its own command line or in
 * `NODE_OPTIONS`, where somebody may know better.
 */
export function nodeOptionsFor(args: readonly string[], said: readonly string[]): readonly string[] {
  const [command, subcommand = ""] = args;
  if (command !== "observe" || shortCommands.has(subcommand)) return [];
  const known = new Set(said.map(nameOf));
  return frugal.filter((option) => !known.has(nameOf(option)));
}

/** Node.js takes `_` for `-`. */
function nameOf(option: string): string {
  return option.split("=")[0]!.replaceAll("_", "-");
}
