import { homedir } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Window } from "../../app/history/edge-store.ts";
import type { HistoryPlace } from "../../app/history/history-place.ts";
import { quoted } from "../../core/quoted.ts";
import type { CliIo } from "./io.ts";

const dayMs = 86_400_000;
const unitMs = { h: 3_600_000, d: dayMs, w: 7 * dayMs } as const;

/** A moment as it is typed: so long ago, or a date or time in UTC. */
export type Moment = { readonly agoMs: number } | { readonly atMs: number };

/** `36h`, `7d`, `2w`; `2026-11-01`, `2026-11-01T06:00Z`: without a zone it is UTC, whatever the machine's is. */
export function parseMoment(text: string): Moment {
  const [, amount, unit] = /^([0-9]{1,6})([hdw])$/.exec(text) ?? [];
  if (amount !== undefined) return { agoMs: Number(amount) * unitMs[unit as keyof typeof unitMs] };
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/.test(text)) {
    const atMs = Date.parse(/T.*(Z|[+-][0-9]{2}:[0-9]{2})$/.test(text) || !text.includes("T") ? text : `${text}Z`);
    // There is no 30th of February, though the parser makes one of March of it.
    const isDay = new Date(`${text.slice(0, 10)}T00:00Z`).getUTCDate() === Number(text.slice(8, 10));
    if (!Number.isNaN(atMs) && atMs >= 0 && isDay) return { atMs };
  }
  throw new InvalidArgumentError(
    `${quoted(text)} is no time: write \`7d\`, \`36h\`, \`2026-11-01\` or \`2026-11-01T06:00Z\``,
  );
}

export interface ParsedWindow {
  readonly since?: Moment;
  readonly until?: Moment;
}

export function addWindowOptions(command: Command, preset: string): Command {
  return command
    .addOption(
      new Option("--since <time>", "how far back: `7d`, `36h`, or a date or time, UTC")
        .argParser(parseMoment)
        .default(undefined, preset),
    )
    .addOption(
      new Option("--until <time>", "up to, and without, this time, in the same forms")
        .argParser(parseMoment)
        .default(undefined, "now"),
    );
}

/** The largest time that a history has, one millisecond after. */
const endMs = 253_402_300_800_000 - 1;

/** Both ends are whole milliseconds; without a beginning, from `presetMs` before the end, or from the first when undefined. */
export function windowOf({ since, until }: ParsedWindow, nowMs: number, presetMs: number | undefined): Window {
  const resolve = (moment: Moment): number => ("agoMs" in moment ? Math.max(0, nowMs - moment.agoMs) : moment.atMs);
  const toMs = until === undefined ? Math.min(endMs, nowMs + dayMs) : resolve(until);
  if (since !== undefined) return { fromMs: resolve(since), toMs };
  return { fromMs: presetMs === undefined ? 0 : Math.max(0, (until === undefined ? nowMs : toMs) - presetMs), toMs };
}

export interface ParsedPlace {
  readonly data?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
}

/** Where the history is when nobody says: as the data of any other program of this person. */
export function defaultDataFolder({ env }: Pick<CliIo, "env">): string {
  const { POSTERN_DATA, XDG_DATA_HOME, HOME = homedir() } = env;
  if (POSTERN_DATA !== undefined && POSTERN_DATA !== "") return POSTERN_DATA;
  const home = XDG_DATA_HOME === undefined || XDG_DATA_HOME === "" ? join(HOME, ".local", "share") : XDG_DATA_HOME;
  return join(home, "postern");
}

export function dataOption(what = "folder of the history"): Option {
  return new Option("--data <folder>", what).default(
    undefined,
    "$POSTERN_DATA, else postern in $XDG_DATA_HOME or ~/.local/share",
  );
}

export function addServerOptions(command: Command): Command {
  return command
    .addOption(new Option("--token-file <file>", "file with the token for the collector"))
    .addOption(
      new Option("--ca-file <file>", "PEM file with the authorities to trust for it").default(
        undefined,
        "the system's",
      ),
    );
}

export function placeOf({ data, server, tokenFile, caFile }: ParsedPlace, io: CliIo): HistoryPlace {
  if (server === undefined) return { kind: "folder", folder: data ?? defaultDataFolder(io) };
  return { kind: "server", url: server, tokenFile, caFile };
}

/** `--history`: the URL of a collector, or a folder. */
export function placeOfText(text: string, { tokenFile, caFile }: ParsedPlace): HistoryPlace {
  return /^https?:\/\//i.test(text)
    ? { kind: "server", url: text, tokenFile, caFile }
    : { kind: "folder", folder: text };
}

export function parseServer(text: string): string {
  if (/^https?:\/\/[^/]/i.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError(`${quoted(text)} is no address of a collector: write \`https://host:port\``);
}

export const clusterNameOption = (what: string): Option => new Option("--cluster-name <name>", what);

/** Options of commands that learn from a history instead of files. */
export function addHistoryOptions(command: Command): Command {
  command
    .addOption(
      new Option("--history <place>", "learn from a history instead of files: a folder, or the URL of a collector"),
    )
    .addOption(clusterNameOption("which cluster of the history").default(undefined, "its only one"));
  addWindowOptions(command, "30d, with --history");
  return addServerOptions(command);
}

export interface ParsedHistory extends ParsedPlace, ParsedWindow {
  readonly history?: string;
  readonly clusterName?: string;
}

export interface HistoryChoice {
  readonly place: HistoryPlace;
  readonly cluster: string | undefined;
  readonly window: Window;
}

/** Undefined without `--history`; then there must be flows, where a command cannot do without. */
export function historyChoice(
  options: ParsedHistory,
  io: CliIo,
  needed?: { readonly command: Command; readonly flows: readonly string[] },
): HistoryChoice | undefined {
  if (options.history === undefined) {
    if (needed?.flows.length === 0) {
      const code = "commander.missingArgument";
      needed.command.error("missing required argument `flows`, or `--history`", { code, exitCode: 1 });
    }
    return undefined;
  }
  return {
    place: placeOfText(options.history, options),
    cluster: options.clusterName,
    window: windowOf(options, io.nowMs(), 30 * dayMs),
  };
}
