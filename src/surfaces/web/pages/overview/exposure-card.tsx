import { Card, CardBody, CardHeader, CardTitle } from "@patternfly/react-core";
import type { JSX } from "react";
import type { Overview } from "../../../../app/wire/overview.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { Explained } from "../../parts/explained.tsx";
import { Power } from "../../parts/exposure.tsx";
import { formatPower, sayPower } from "../../parts/formats.ts";
import { formatDay } from "../../parts/time.tsx";

const dayMs = 86_400_000;

export function ExposureCard({ days }: { readonly days: Overview["exposure"] }): JSX.Element {
  const known = days.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const [first, last] = [known[0], known.at(-1)];
  const times = days.map((each) => each.dayMs);
  return (
    <Card className="postern-overview__exposure" component="section">
      <CardHeader>
        <CardTitle component="h2">
          <Explained
            title="Exposure over time"
            explanation="Of each namespace, the pairs of address and port that its policies leave open, as a power of two; the mean over namespaces. One less is half as much open."
          >
            Exposure over time
          </Explained>
        </CardTitle>
      </CardHeader>
      <CardBody>
        {last === undefined || first === undefined ? (
          <p className="postern-calm">
            Nothing is known yet: exposure is computed once a day from the policies that are in force.
          </p>
        ) : (
          <>
            <p className="postern-lead">
              <Power power={last} /> open on average, {sayPower(last)} pairs
              {last < first - 0.05 && (
                <>
                  {" "}
                  · {sayTimes(first - last)} less than {days.length} days ago
                </>
              )}
            </p>
            <TimeChart
              label="Mean exposure of a namespace"
              kind="lines"
              times={times}
              bucketMs={dayMs}
              height={170}
              format={(value) => (Number.isInteger(value) ? `2^${value}` : formatPower(value))}
              formatTime={formatDay}
              series={[{ name: "open, power of two", values: days.map(({ mean }) => mean) }]}
            />
            <TimeChart
              label="Flows denied a day"
              kind="bars"
              times={times}
              bucketMs={dayMs}
              height={110}
              formatTime={formatDay}
              series={[{ name: "denied", values: days.map(({ denied }) => denied) }]}
            />
          </>
        )}
      </CardBody>
    </Card>
  );
}

/** Powers apart, as a factor: `8 times`. */
function sayTimes(powers: number): string {
  return `${sayPower(powers).replace("about ", "")} times`;
}
