import { Button } from "@patternfly/react-core";
import { type JSX, type KeyboardEvent, type PointerEvent, useId, useState } from "react";
import { formatCount } from "../parts/formats.ts";
import { formatMoment } from "../parts/time.tsx";
import { Bars, Lines } from "./marks.tsx";
import { linearScale, nearest, ticksTo, timeTicks } from "./scale.ts";
import { lookOf, type Series } from "./series.ts";
import { TimeTable } from "./time-table.tsx";
import { useWidth } from "./use-width.ts";

interface TimeChartProps {
  /** What is shown: `Flows over time`. */
  readonly label: string;
  readonly kind: "lines" | "bars";
  /** Starts of the buckets, oldest first. */
  readonly times: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly Series[];
  readonly height?: number;
  readonly format?: (value: number) => string;
  readonly formatTime?: (ms: number) => string;
  /** Lets a part of the time be marked, by dragging or with Shift and the arrow keys. */
  readonly onMark?: (fromMs: number, toMs: number) => void;
}

const edge = { left: 52, right: 8, top: 8, bottom: 24 };

/**
 * Numbers over time: lines, or bars on top of each other. The arrow keys move a reading line along, whose numbers are
 * told; the same numbers are there as a table.
 */
export function TimeChart(props: TimeChartProps): JSX.Element {
  const {
    label,
    kind,
    times,
    bucketMs,
    series,
    height = 180,
    format = formatCount,
    formatTime = formatMoment,
    onMark,
  } = props;
  const [place, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number>();
  const [mark, setMark] = useState<{ readonly from: number; readonly to: number }>();
  const [isTable, setTable] = useState(false);
  const tableId = useId();
  const fromMs = times[0] ?? 0;
  const toMs = (times.at(-1) ?? 0) + bucketMs;
  const x = linearScale(fromMs, toMs, edge.left, width - edge.right);
  const sums = times.map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const largest =
    kind === "bars"
      ? Math.max(0, ...sums)
      : Math.max(0, ...series.flatMap(({ values }) => values.map((each) => each ?? 0)));
  const ticks = ticksTo(largest);
  const y = linearScale(0, ticks.at(-1) ?? 1, height - edge.bottom, edge.top);
  const offsetMs = -new Date(fromMs).getTimezoneOffset() * 60_000;
  const reading = at === undefined ? undefined : times[at];

  const indexAt = (event: PointerEvent<SVGSVGElement>): number =>
    nearest(times, x.value(event.clientX - event.currentTarget.getBoundingClientRect().left) - bucketMs / 2);
  const finish = (marked = mark): void => {
    setMark(undefined);
    const from = times[Math.min(marked?.from ?? 0, marked?.to ?? 0)];
    const to = times[Math.max(marked?.from ?? 0, marked?.to ?? 0)];
    if (marked !== undefined && marked.from !== marked.to && from !== undefined && to !== undefined)
      onMark?.(from, to + bucketMs);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -times.length, End: times.length, PageUp: -10, PageDown: 10 }[
      event.key
    ];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.max(0, Math.min(times.length - 1, (at ?? times.length - 1) + step));
      if (event.shiftKey && onMark !== undefined) setMark({ from: mark?.from ?? at ?? next, to: next });
      else setMark(undefined);
      setAt(next);
    } else if (event.key === "Enter") finish();
    else if (event.key === "Escape") setMark(undefined);
  };

  return (
    <figure className="postern-chart">
      <div ref={place}>
        <svg
          width={width}
          height={height}
          role="slider"
          tabIndex={0}
          aria-label={onMark === undefined ? label : `${label}; Shift and arrows mark a time, Enter shows it`}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, times.length - 1)}
          aria-valuenow={at ?? Math.max(0, times.length - 1)}
          aria-valuetext={
            reading === undefined ? "arrow keys read the values" : sayAt(reading, at ?? 0, series, format, formatTime)
          }
          className={onMark === undefined ? "postern-chart__svg" : "postern-chart__svg postern-chart__svg--marks"}
          onKeyDown={onKey}
          onBlur={() => {
            setAt(undefined);
          }}
          onPointerMove={(event) => {
            const index = indexAt(event);
            setAt(index);
            if (mark !== undefined && event.buttons === 1) setMark({ from: mark.from, to: index });
          }}
          onPointerLeave={() => {
            setAt(undefined);
          }}
          onPointerDown={(event) => {
            if (onMark === undefined || event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setMark({ from: indexAt(event), to: indexAt(event) });
          }}
          onPointerUp={() => {
            finish();
          }}
        >
          {ticks.map((tick) => (
            <g key={tick} className="postern-chart__grid">
              <line x1={edge.left} x2={width - edge.right} y1={y.place(tick)} y2={y.place(tick)} />
              <text x={edge.left - 8} y={y.place(tick)} dy="0.32em" textAnchor="end">
                {format(tick)}
              </text>
            </g>
          ))}
          {timeTicks(fromMs, toMs, Math.max(2, Math.floor(width / 110)), offsetMs).map((ms) => (
            <text key={ms} className="postern-chart__time" x={x.place(ms)} y={height - 6} textAnchor="middle">
              {axisTime(ms, toMs - fromMs)}
            </text>
          ))}
          {mark !== undefined && (
            <rect
              className="postern-chart__mark"
              x={x.place(times[Math.min(mark.from, mark.to)] ?? 0)}
              width={Math.max(
                1,
                ((Math.abs(mark.to - mark.from) + 1) * bucketMs * (width - edge.left - edge.right)) / (toMs - fromMs),
              )}
              y={edge.top}
              height={height - edge.top - edge.bottom}
            />
          )}
          {kind === "bars" ? (
            <Bars times={times} bucketMs={bucketMs} series={series} x={x} y={y} topEdge={edge.top} />
          ) : (
            <Lines times={times} bucketMs={bucketMs} series={series} x={x} y={y} />
          )}
          {reading !== undefined && (
            <line
              className="postern-chart__reading"
              x1={x.place(reading + bucketMs / 2)}
              x2={x.place(reading + bucketMs / 2)}
              y1={edge.top}
              y2={height - edge.bottom}
            />
          )}
        </svg>
      </div>
      <figcaption className="postern-chart__caption">
        <span className="postern-chart__at">{reading === undefined ? label : formatTime(reading)}</span>
        <ul className="postern-chart__legend">
          {series.map((each, index) => (
            <li key={each.name}>
              <svg width="16" height="10" aria-hidden="true" className={lookOf(each, index)}>
                {kind === "bars" ? <rect width="14" height="10" /> : <line x1="0" x2="16" y1="5" y2="5" />}
              </svg>
              {each.name}
              {reading !== undefined && <strong>{sayValue(each.values[at ?? 0], format)}</strong>}
            </li>
          ))}
        </ul>
        <Button
          variant="link"
          isInline
          aria-expanded={isTable}
          aria-controls={tableId}
          onClick={() => {
            setTable(!isTable);
          }}
        >
          {isTable ? "Hide table" : "Show as table"}
        </Button>
      </figcaption>
      <div id={tableId}>
        {isTable && <TimeTable label={label} times={times} series={series} format={format} formatTime={formatTime} />}
      </div>
    </figure>
  );
}

function sayValue(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "not known" : format(value);
}

function sayAt(
  ms: number,
  index: number,
  series: readonly Series[],
  format: (value: number) => string,
  formatTime: (ms: number) => string,
): string {
  return `${formatTime(ms)}: ${series.map(({ name, values }) => `${name} ${sayValue(values[index], format)}`).join(", ")}`;
}

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayOfMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

function axisTime(ms: number, spanMs: number): string {
  return spanMs <= 2 * 86_400_000 ? hour.format(ms) : dayOfMonth.format(ms);
}
