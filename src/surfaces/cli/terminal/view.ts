import type { CliIo, Output } from "../io.ts";

/** How a stream can be written to. */
export interface View {
  readonly isTerminal: boolean;
  /** Cells per line; for a pipe no limit applies and this is Infinity. */
  readonly columns: number;
  readonly hasColour: boolean;
}

const narrowestTerminal = 40;

/** `NO_COLOR` (no-color.org) beats `FORCE_COLOR` (force-color.org), which beats what the stream is. */
export function viewOf(output: Output, env: CliIo["env"]): View {
  return {
    isTerminal: output.isTerminal,
    columns: output.isTerminal ? Math.max(narrowestTerminal, output.columns ?? columnsFrom(env.COLUMNS)) : Infinity,
    hasColour: hasColour(output, env),
  };
}

function columnsFrom(text: string | undefined): number {
  const columns = text !== undefined && /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  return columns > 0 ? columns : 80;
}

function hasColour(output: Output, env: CliIo["env"]): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: term } = env;
  if (no !== undefined && no !== "") return false;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return output.isTerminal && term !== "dumb";
}
