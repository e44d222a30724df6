import { runCli } from "../surfaces/cli/run.ts";
import { answerCommandLine } from "./command-line.ts";
import { ports } from "./ports.ts";

await answerCommandLine((io) => runCli(process.argv.slice(2), io, ports));
