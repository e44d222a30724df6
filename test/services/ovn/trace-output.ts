import type { ConnectionState } from "./private-ovn.ts";

/** One logical flow that a traced packet matched. */
export interface TraceStep {
  readonly stage: string;
  readonly priority: number;
  /** First eight hexadecimal digits of the logical flow. */
  readonly uuid: string;
}

export interface Trace {
  readonly steps: readonly TraceStep[];
  /** Ports of a switch or router the packet left through, in order. */
  readonly outputs: readonly string[];
}

const stepLine = /^\s*\d+\. (l[sr]_\w+) \(.*\): .*, priority (\d+), uuid ([0-9a-f]{8})$/;
const outputLine = /^\s*\/\* output to "([^"]+)", type "[^"]*" \*\/$/;
const states: Readonly<Record<ConnectionState, string>> = {
  new: "new|trk",
  est: "est|trk",
  "rpl,est": "est|rpl|trk",
};

/** Reads the detailed form of `ovn-trace`. A packet whose connection state is not the one asked for is a broken test. */
export function parseTrace(text: string, state: ConnectionState): Trace {
  const steps: TraceStep[] = [];
  const outputs: string[] = [];
  for (const line of text.split("\n")) {
    const step = stepLine.exec(line);
    const output = outputLine.exec(line);
    if (step !== null) steps.push({ stage: step[1]!, priority: Number(step[2]), uuid: step[3]! });
    if (output !== null) outputs.push(output[1]!);
  }
  const seen = [...text.matchAll(/ct_next\(ct_state=([^)]*)\)/g)].map(([, flags]) => flags);
  if (steps.length === 0 || seen.length !== 1 || seen[0] !== states[state]) {
    throw new Error(`ovn-trace did not follow a packet of a \`${state}\` connection:\n${text}`);
  }
  return { steps, outputs };
}
