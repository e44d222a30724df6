import type { JSX } from "react";
import type { Scale } from "./scale.ts";
import { lookOf, type Series } from "./series.ts";

interface MarksProps {
  readonly times: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly Series[];
  readonly x: Scale;
  readonly y: Scale;
}

/** Series on top of each other, a bar a bucket; grey where nothing is known of any. */
export function Bars({
  times,
  bucketMs,
  series,
  x,
  y,
  topEdge,
}: MarksProps & { readonly topEdge: number }): JSX.Element {
  const below = times.map(() => 0);
  const wide = x.place(bucketMs) - x.place(0);
  const isUnknown = (index: number): boolean =>
    series.length > 0 && series.every(({ values }) => (values[index] ?? null) === null);
  return (
    <>
      <path
        className="postern-chart__unknown"
        d={times
          .map((ms, index) =>
            isUnknown(index)
              ? `M${round(x.place(ms))} ${round(topEdge)}h${round(wide)}V${round(y.place(0))}h${round(-wide)}z`
              : "",
          )
          .join("")}
      />
      {series.map((each, number) => (
        <path
          key={each.name}
          className={lookOf(each, number)}
          d={times
            .map((ms, index) => {
              const value = each.values[index] ?? 0;
              const start = below[index] ?? 0;
              below[index] = start + value;
              if (value === 0) return "";
              const [top, bottom] = [y.place(start + value), y.place(start)];
              const left = x.place(ms) + Math.min(1, wide * 0.1);
              return `M${round(left)} ${round(bottom)}V${round(top)}h${round(Math.max(0.5, wide - Math.min(2, wide * 0.2)))}V${round(bottom)}z`;
            })
            .join("")}
        />
      ))}
    </>
  );
}

/** A line each; where a value is not known the line has a gap. The first one has its area filled. */
export function Lines({ times, bucketMs, series, x, y }: MarksProps): JSX.Element {
  return (
    <>
      {series.map((each, number) => {
        const { name, values } = each;
        const runs = runsOf(values);
        const point = (index: number): string =>
          `${round(x.place((times[index] ?? 0) + bucketMs / 2))} ${round(y.place(values[index] ?? 0))}`;
        const line = runs.map((run) => `M${run.map((index) => point(index)).join("L")}`).join("");
        return (
          <g key={name} className={lookOf(each, number)}>
            {number === 0 &&
              runs.map((run) => (
                <path
                  key={run[0]}
                  className="postern-chart__area"
                  d={`M${run.map((index) => point(index)).join("L")}V${round(y.place(0))}H${round(x.place((times[run[0] ?? 0] ?? 0) + bucketMs / 2))}z`}
                />
              ))}
            <path className="postern-chart__line" d={line} />
            {runs.flatMap((run) => {
              // One value alone makes no line.
              const [only] = run.length === 1 ? run : [];
              if (only === undefined) return [];
              return [
                <circle
                  key={only}
                  className="postern-chart__point"
                  cx={round(x.place((times[only] ?? 0) + bucketMs / 2))}
                  cy={round(y.place(values[only] ?? 0))}
                  r={4}
                />,
              ];
            })}
          </g>
        );
      })}
    </>
  );
}

/** Numbers of the values that are known, in unbroken runs. */
export function runsOf(values: readonly (number | null)[]): readonly (readonly number[])[] {
  const runs: number[][] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    const last = runs.at(-1);
    if (last?.at(-1) === index - 1) last.push(index);
    else runs.push([index]);
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
