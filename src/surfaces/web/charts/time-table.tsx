import type { JSX } from "react";
import { tableClass } from "../parts/table-classes.ts";
import type { Series } from "./series.ts";

interface TimeTableProps {
  readonly label: string;
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  readonly formatTime: (ms: number) => string;
}

/** The numbers of a chart, latest first. */
export function TimeTable({ label, times, series, format, formatTime }: TimeTableProps): JSX.Element {
  return (
    // Scrolls, so it takes the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="postern-chart__table" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table className={tableClass.table}>
        <thead className={tableClass.thead}>
          <tr className={tableClass.tr}>
            <th className={tableClass.th} scope="col">
              Time
            </th>
            {series.map(({ name }) => (
              <th key={name} className={`${tableClass.th} postern-numeric`} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={tableClass.tbody}>
          {times
            .map((ms, index) => (
              <tr key={ms} className={tableClass.tr}>
                <th className={tableClass.th} scope="row">
                  {formatTime(ms)}
                </th>
                {series.map(({ name, values }) => {
                  const value = values[index] ?? null;
                  return (
                    <td key={name} className={`${tableClass.td} postern-numeric`}>
                      {value === null ? "not known" : format(value)}
                    </td>
                  );
                })}
              </tr>
            ))
            .toReversed()}
        </tbody>
      </table>
    </div>
  );
}
