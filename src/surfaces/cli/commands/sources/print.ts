import { isWell, rankOf, type TroubleWords, troubleWords } from "../../../../app/source-troubles.ts";
import type { SourceReport, SourcesReport } from "../../../../app/sources-report.ts";
import type { Context } from "../../context.ts";
import { type Column, tableLines } from "../../terminal/table.ts";
import { bold, dim, green, red, text, type TextLike, yellow } from "../../terminal/text.ts";
import { bytes, count } from "../../words/count.ts";

/** A column, and the width of a terminal that has room for it: the words below, a pipe and JSON have everything. */
interface SourceColumn extends Column {
  readonly from?: number;
}

const right = { align: "right" } as const;
const columns: readonly SourceColumn[] = [
  { title: "cluster", shrinks: true, from: 80 },
  { title: "observer", shrinks: true },
  { title: "source", shrinks: true },
  { title: "kind", from: 150 },
  { title: "state" },
  { title: "records/s", ...right },
  { title: "records", ...right, from: 150 },
  { title: "received", ...right, from: 150 },
  { title: "lag", ...right },
  { title: "lag max", ...right, from: 150 },
  { title: "last", ...right, from: 90 },
  { title: "lost", ...right },
  { title: "outages", ...right, from: 150 },
  { title: "dropped", ...right, from: 90 },
  { title: "malformed", ...right, from: 150 },
  { title: "left out", ...right, from: 150 },
];
/** A line per source; on a terminal also what deserves a look, in words. */
export function printSources(report: SourcesReport, { out, err }: Context): void {
  const atMs = Date.parse(report.at);
  const { isTerminal } = out.view;
  const shown = <T>(cells: readonly T[]): readonly T[] =>
    cells.filter((_, i) => (columns[i]?.from ?? 0) <= out.view.columns);
  const rows = report.sources.map((source) => shown(rowOf(source, atMs, isTerminal)));
  out.asTheyAre(tableLines(shown(columns), rows, out.view));
  const said = report.sources.filter(({ message, troubles }) => message !== "" || troubles.length > 0);
  if (isTerminal && said.length > 0) {
    out.line();
    for (const source of said.toSorted((a, b) => rankOf(a) - rankOf(b))) {
      out.line(text`${nameOf(source)}: ${wordsOf(source, atMs)}`, 2);
    }
    const remedies = remediesOf(said, atMs);
    if (remedies.length > 0) {
      out.line();
      for (const { trouble, remedy } of remedies) out.line(text`${bold(trouble)}: ${remedy}`, 2);
    }
  }
  err.line(summary(report));
}

function rowOf(source: SourceReport, atMs: number, isTerminal: boolean): readonly TextLike[] {
  const { lagMs, lastArrival, lost, outages, dropped, malformed } = source;
  const number = (n: number): string => (isTerminal ? n.toLocaleString("en-US") : String(n));
  const ill = (n: number): TextLike => (n > 0 ? red(number(n)) : "0");
  const age = lastArrival === null ? undefined : (atMs - Date.parse(lastArrival)) / 1000;
  const leftOut = source.leftOut.reduce((sum, { flows }) => sum + flows, 0);
  return [
    source.cluster,
    source.observer,
    source.source,
    source.kind,
    stateWord(source),
    number(source.recordsPerSecond),
    number(source.records),
    isTerminal ? bytes(source.receivedBytes) : String(source.receivedBytes),
    seconds(lagMs === null ? undefined : lagMs.mean / 1000, isTerminal),
    seconds(lagMs === null ? undefined : lagMs.max / 1000, isTerminal),
    seconds(age, isTerminal),
    ill(lost),
    ill(outages),
    ill(dropped),
    malformed > 0 ? yellow(number(malformed)) : "0",
    number(leftOut),
  ];
}

function stateWord({ state, troubles }: SourceReport): TextLike {
  if (troubles.includes("silent")) return red("silent");
  if (state === "failed") return red(state);
  if (state === "retrying") return yellow(state);
  if (troubles.includes("idle")) return yellow("idle");
  return state === "running" ? green(state) : dim(state);
}

/** In a pipe plain seconds, to a tenth; on a terminal one unit. */
function seconds(value: number | undefined, isTerminal: boolean): string {
  if (value === undefined) return "-";
  if (!isTerminal) return value.toFixed(1);
  if (Math.abs(value) < 10) return `${value.toFixed(1)} s`;
  if (value < 120) return `${Math.round(value)} s`;
  return value < 7200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3600)} h`;
}

function nameOf({ cluster, observer, source }: SourceReport): string {
  return `${cluster === "" ? "" : `${cluster} `}${observer} ${source}`;
}

function wordsOf(source: SourceReport, atMs: number): string {
  const { message } = source;
  return [...troubleWords(source, atMs).map(({ what }) => what), ...(message === "" ? [] : [message])].join("; ");
}

/** What to do, said once however many sources have the same trouble; the worst first. */
function remediesOf(sources: readonly SourceReport[], atMs: number): readonly TroubleWords[] {
  const words = sources.toSorted((a, b) => rankOf(a) - rankOf(b)).flatMap((source) => troubleWords(source, atMs));
  return [...new Map(words.map((one) => [`${one.trouble} ${one.remedy}`, one])).values()].toSorted(
    (a, b) => rankOf({ troubles: [a.trouble] }) - rankOf({ troubles: [b.trouble] }),
  );
}

function summary(report: SourcesReport): TextLike {
  const { sources, observers, windowMinutes } = report;
  if (sources.length === 0)
    return text`${yellow("nothing")} has arrived yet; start an observer with \`postern observe\``;
  const rate = sources.reduce((sum, { recordsPerSecond }) => sum + recordsPerSecond, 0);
  const ill = sources.filter((source) => !isWell(source)).length;
  const what = `${count(sources.length, "source")} of ${count(observers.length, "observer")}`;
  const pace = `${rate.toLocaleString("en-US", { maximumFractionDigits: 1 })} records a second`;
  const over = `over the last ${windowMinutes === 1 ? "minute" : `${windowMinutes} minutes`}`;
  const verdict = ill === 0 ? green("all is well") : red(`${count(ill, "source")} with trouble`);
  return text`${what}, ${pace} ${over}: ${verdict}`;
}
