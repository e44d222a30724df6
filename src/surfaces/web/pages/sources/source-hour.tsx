import type { JSX } from "react";
import type { SourceRow } from "../../../../app/wire/sources.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { countOf } from "../../parts/formats.ts";
import { Section } from "./section.tsx";
import { sayLag } from "./source-words.ts";

const minuteMs = 60_000;

/** Minute by minute: what came, what is missing, and how late it was. Where the observer reported nothing, nothing is known. */
export function SourceHour({ minutes }: Pick<SourceRow, "minutes">): JSX.Element {
  const { fromMs, records, missing, lagMs } = minutes;
  const times = records.map((_, index) => fromMs + index * minuteMs);
  const unknown = records.filter((each) => each === null).length;
  const isMissing = missing.some((each) => (each ?? 0) > 0);
  const isTimed = lagMs.some((each) => each !== null);
  const shared = { times, bucketMs: minuteMs };
  return (
    <>
      <Section title="Records a minute, last hour">
        <TimeChart
          {...shared}
          label="Records a minute"
          kind="bars"
          height={150}
          series={[{ name: "records", values: records, look: 0 }]}
        />
        {unknown > 0 && (
          <p className="postern-under">
            The observer reported nothing in {countOf(unknown, "minute")} of the last hour (grey).
          </p>
        )}
      </Section>
      {isMissing && (
        // On a scale of its own: a few of many thousand would not be seen.
        <Section title="Missing a minute, last hour">
          <TimeChart
            {...shared}
            label="Lost or dropped a minute"
            kind="bars"
            height={100}
            series={[{ name: "lost or dropped", values: missing, look: 5 }]}
          />
        </Section>
      )}
      {isTimed && (
        <Section title="Lag, last hour">
          <TimeChart
            {...shared}
            label="Lag, mean of each minute"
            kind="lines"
            height={120}
            format={sayLag}
            series={[{ name: "lag", values: lagMs, look: 1 }]}
          />
        </Section>
      )}
    </>
  );
}
