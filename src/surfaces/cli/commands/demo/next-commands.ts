import { commandLine } from "../../words/shell.ts";
import type { DemoPaths } from "./paths.ts";

interface NextCommand {
  readonly what: string;
  readonly line: string;
}

/** Command lines that work where the reader stands. */
export function nextCommands({ flows, cluster, policies, out }: DemoPaths, program: string): readonly NextCommand[] {
  const recording = [flows, "--cluster", cluster];
  return [
    {
      what: "one policy with the evidence for each rule, and what it leaves out on purpose",
      line: commandLine(program, "suggest", ...recording, "-n", "shop-web", "-o", "table"),
    },
    {
      what: "would the proposals break anything that was recorded?",
      line: commandLine(program, "replay", "--policies", out, "--against", policies, ...recording),
    },
    {
      what: "why would this be denied?",
      line: commandLine(program, "explain", "-n", "shop-web", "--to", "169.254.169.254:80", "--policies", out),
    },
    { what: "what is wrong with the policies of today", line: commandLine(program, "lint", policies) },
    {
      what: "recorded flows of your own: NetObserv, Hubble, OVN audit logs, or a file made by hand",
      line: commandLine(program, "suggest", "--help"),
    },
  ];
}
