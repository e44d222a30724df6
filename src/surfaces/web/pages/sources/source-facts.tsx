import type { JSX } from "react";
import { Link } from "react-router";
import type { SourceRow } from "../../../../app/wire/sources.ts";
import { formatBytes, formatCount, formatWhole } from "../../parts/formats.ts";
import { trafficPath, withQuery } from "../../parts/links.ts";
import { Moment, Time } from "../../parts/time.tsx";
import { type Fact, Facts } from "../proposal/facts.tsx";
import { Section } from "./section.tsx";
import { leftOutWords, sayLag, sayRate, stateLook } from "./source-words.ts";

/** Every figure of a source, with its unit and what it is of. */
export function SourceFacts({ row }: { readonly row: SourceRow }): JSX.Element {
  const { cluster, samplingMax, leftOut, windowMinutes, lagMs, lagMaxMs } = row;
  const inWindow: readonly Fact[] = [
    { term: "Records", value: `${formatWhole(row.records)}, ${sayRate(row.recordsPerSecond, formatCount)} a second` },
    { term: "Received", value: formatBytes(row.receivedBytes) },
    {
      term: "Lag",
      value: lagMs !== null ? `${sayLag(lagMs)} mean, ${sayLag(lagMaxMs)} at most` : lagOf(row.records),
    },
    { term: "Lost before the observer", value: formatWhole(row.lost) },
    { term: "Outages", value: formatWhole(row.outages) },
    { term: "Dropped by the observer", value: formatWhole(row.dropped) },
    { term: "Not understood", value: formatWhole(row.malformed) },
    ...(samplingMax > 1 ? [{ term: "Sampling", value: `1 packet in ${formatWhole(samplingMax)}` }] : []),
  ];
  const ever: readonly Fact[] = [
    { term: "State", value: stateLook(row.state).word },
    { term: "Last record", value: <Age ms={row.lastArrivalMs} /> },
    { term: "Last report", value: <Age ms={row.lastReportMs} /> },
    { term: "First report", value: <Moment ms={row.firstReportMs} /> },
    { term: "Observer", value: <ObserverPlace row={row} /> },
    {
      term: "Cluster",
      value: (
        <>
          <Link to={withQuery("/namespaces", { cluster })}>
            Namespaces of <bdi>{cluster}</bdi>
          </Link>
          {", "}
          <Link to={trafficPath({ cluster, window: "1h" })}>its traffic of the last hour</Link>
        </>
      ),
    },
  ];
  return (
    <>
      <Section title="Now">
        <Facts facts={ever} columns={{ default: "1Col", md: "2Col", xl: "3Col" }} />
      </Section>
      <Section title={`The last ${windowMinutes} minutes`}>
        <Facts facts={inWindow} columns={{ default: "1Col", md: "2Col", xl: "3Col" }} />
      </Section>
      {leftOut.length > 0 && (
        <Section title={`Understood and no egress, the last ${windowMinutes} minutes`}>
          <ul className="postern-plain-list">
            {leftOut.map(({ reason, flows }) => (
              <li key={reason}>
                {formatWhole(flows)} {leftOutWords[reason]}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function lagOf(records: number): string {
  return records === 0 ? "not known: nothing came" : "not known: records have no time";
}

/** Where to look for it. */
function ObserverPlace({
  row: { observer, observerVersion, observerAddress },
}: {
  readonly row: SourceRow;
}): JSX.Element {
  return (
    <>
      <bdi>{observer}</bdi>
      {observerVersion !== "" && `, ${observerVersion}`}
      {observerAddress === "" ? ", inside this server" : `, last from ${observerAddress}`}
    </>
  );
}

function Age({ ms }: { readonly ms: number | null }): JSX.Element {
  return ms === null ? (
    <>never</>
  ) : (
    <>
      <Time ms={ms} /> (<Moment ms={ms} />)
    </>
  );
}
