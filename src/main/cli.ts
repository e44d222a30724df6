import manifest from "../../package.json" with { type: "json" };

const usage = `postern ${manifest.version}: ${manifest.description}

usage: postern --version
       postern --help
`;

/** Answers a command line; the number is the exit code. */
function run(args: readonly string[]): number {
  const [first] = args;
  if (first === "--version") {
    process.stdout.write(`${manifest.version}\n`);
    return 0;
  }
  if (first === undefined || first === "--help" || first === "demo") {
    process.stdout.write(usage);
    return 0;
  }
  process.stderr.write(`postern: \`${first}\` is not a command, see \`postern --help\`\n`);
  return 2;
}

process.exitCode = run(process.argv.slice(2));
