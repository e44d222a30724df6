import type { Calibration } from "./judge/calibration.ts";
import type { Summary } from "./judge/summary.ts";

/** One line per maker, as in the documentation. */
export function table(summaries: readonly Summary[]): string {
  const head = [
    "maker",
    "flows blocked",
    "pairs broken",
    "attacks allowed",
    "exposure",
    "rules",
    "apart: unrecorded",
    "scheduled",
    "new",
    "announced",
    "day error",
    "week error",
  ];
  const rows = summaries.map((summary) => [
    summary.refused > 0 ? `${summary.maker} (${summary.refused} without)` : summary.maker,
    percent(summary.flowsBlocked, summary.flows, 2),
    percent(summary.pairsBroken, summary.pairs, 1),
    percent(summary.targetsAllowed, summary.targets, 1),
    `2^${summary.exposure.toFixed(1)}`,
    summary.rules.toFixed(0),
    ...(["unrecorded", "scheduled", "new"] as const).map((which) => {
      const { broken, pairs } = summary.apart[which];
      return `${broken}/${pairs}`;
    }),
    summary.announced === undefined ? "" : percent(summary.announced, 1, 0),
    errorText(summary.day),
    errorText(summary.week),
  ]);
  return align([head, ...rows]);
}

/** Where the breakage and the leaks of one maker come from. */
export function details(summary: Summary): string {
  const kinds = Object.entries(summary.flowsByKind).map(([kind, { flows, blocked }]) => {
    const { pairs, broken } = summary.pairsByKind[kind as keyof Summary["pairsByKind"]] ?? { pairs: 0, broken: 0 };
    return [kind, percent(flows, summary.flows, 1), percent(blocked, flows, 2), `${broken}/${pairs}`];
  });
  const attacks = Object.entries(summary.targetsByKind).map(([kind, { targets, allowed }]) => [
    kind,
    targets.toFixed(0),
    percent(allowed, targets, 1),
  ]);
  const reliability = (["day", "week"] as const).flatMap((which) =>
    (summary[which]?.bins ?? []).map(({ from, to, forecasts, said, held }) => [
      which,
      `${from}–${to}`,
      String(forecasts),
      said.toFixed(3),
      held.toFixed(3),
    ]),
  );
  const forms = summary.forms.map(({ form, pairs, expected, came }) => [
    form,
    String(pairs),
    percent(expected.blocked, 1, 2),
    percent(came.blocked, 1, 2),
    percent(expected.breaks, 1, 1),
    percent(came.breaks, 1, 1),
  ]);
  const parts = [
    `${summary.maker}\n`,
    align([["kind of service", "share of flows", "blocked", "pairs broken"], ...kinds]),
    align([["kind of attack", "destinations", "allowed"], ...attacks]),
    ...(forms.length === 0
      ? []
      : [align([["form", "pairs", "blocked: expected", "came", "breaks in a week: expected", "came"], ...forms])]),
    ...(reliability.length === 0 ? [] : [align([["readiness", "said", "how many", "mean", "held"], ...reliability])]),
    ...summary.examples.broken.map((text) => `  broken: ${text}\n`),
    ...summary.examples.leaks.map((text) => `  leak: ${text}\n`),
  ];
  return parts.join("");
}

function errorText(calibration: Calibration | undefined): string {
  return calibration === undefined ? "" : `${(100 * calibration.error).toFixed(1)} pt`;
}

function percent(part: number, whole: number, digits: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(digits)} %`;
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
