import type { JSX } from "react";
import { countOf, formatCount } from "../parts/formats.ts";

interface SparklineProps {
  /** A minute each, oldest first; null: nothing was reported. */
  readonly values: readonly (number | null)[];
  /** Of the same minutes: what did not come. */
  readonly missing?: readonly (number | null)[];
  /** `Records a minute, last hour`. */
  readonly label: string;
}

const [width, height] = [120, 28];

/** A small picture of how something went; what matters of it is said beside. */
export function Sparkline({ values, missing = [], label }: SparklineProps): JSX.Element {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const step = width / Math.max(1, values.length);
  const at = (index: number): string => (index * step).toFixed(1);
  const wide = Math.max(0.5, step - 0.5).toFixed(1);
  const marks = (isMarked: (index: number) => boolean, mark: (index: number) => string): string =>
    values.map((_, index) => (isMarked(index) ? mark(index) : "")).join("");
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${label}: ${sayMinutes(values, missing)}`}
      className="postern-sparkline"
    >
      <path
        className="postern-sparkline__unknown"
        d={marks(
          (index) => values[index] === null,
          (index) => `M${at(index)} 0h${step.toFixed(1)}V${height - 1}h-${step.toFixed(1)}z`,
        )}
      />
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
      <path
        d={marks(
          (index) => (values[index] ?? 0) > 0,
          (index) => {
            const tall = Math.max(1, ((values[index] ?? 0) / most) * (height - 4));
            return `M${at(index)} ${height - 1}v-${tall.toFixed(1)}h${wide}V${height - 1}z`;
          },
        )}
      />
      <path
        className="postern-sparkline__missing"
        d={marks(
          (index) => (missing[index] ?? 0) > 0,
          (index) => `M${at(index)} 0h${wide}v3h-${wide}z`,
        )}
      />
    </svg>
  );
}

/** What the picture shows, in words. */
export function sayMinutes(values: readonly (number | null)[], missing: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const unknown = values.length - known.length;
  const holed = missing.filter((count) => (count ?? 0) > 0).length;
  const last = values.at(-1);
  return [
    known.length === 0
      ? "nothing was reported"
      : `from ${formatCount(Math.min(...known))} to ${formatCount(Math.max(...known))}, ${last === null || last === undefined ? "no report" : formatCount(last)} last`,
    ...(known.length > 0 && unknown > 0 ? [`no report in ${countOf(unknown, "minute")}`] : []),
    ...(holed > 0 ? [`some missing in ${countOf(holed, "minute")}`] : []),
  ].join("; ");
}
