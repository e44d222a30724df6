import type { JSX } from "react";
import { formatCount } from "../parts/formats.ts";

interface SparklineProps {
  readonly values: readonly number[];
  /** `Records a minute of the last hour`. */
  readonly label: string;
}

const [width, height] = [120, 28];

/** A small picture of how something went; what matters of it is said beside. */
export function Sparkline({ values, label }: SparklineProps): JSX.Element {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const text =
    values.length === 0
      ? "nothing yet"
      : `from ${formatCount(Math.min(...values))} to ${formatCount(Math.max(...values))}, ${formatCount(values.at(-1) ?? 0)} last`;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${label}: ${text}`}
      className="postern-sparkline"
    >
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
      <path
        d={values
          .map((value, index) => {
            const tall = (value / most) * (height - 2);
            return value === 0
              ? ""
              : `M${(index * step).toFixed(1)} ${height - 1}v-${Math.max(1, tall).toFixed(1)}h${Math.max(0.5, step - 0.5).toFixed(1)}V${height - 1}z`;
          })
          .join("")}
      />
    </svg>
  );
}
