import type { CliIo } from "./io.ts";
import type { CliPorts } from "./ports.ts";
import { Printer } from "./terminal/printer.ts";

/** What every command is given. */
export interface Context {
  readonly io: CliIo;
  readonly ports: CliPorts;
  /** Results. */
  readonly out: Printer;
  /** Everything else. */
  readonly err: Printer;
}

export function contextOf(io: CliIo, ports: CliPorts): Context {
  return { io, ports, out: new Printer(io.stdout, io.env), err: new Printer(io.stderr, io.env) };
}
