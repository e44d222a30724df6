import { Card, CardBody, CardHeader, CardTitle } from "@patternfly/react-core";
import type { JSX } from "react";
import type { Overview } from "../../../../app/wire/overview.ts";
import { trafficPath, withQuery } from "../../parts/links.ts";
import { NumberLink } from "../../parts/number-link.tsx";

/** The last hour, the sources, and what is wrong with rules in force. */
export function NowCard({ overview }: { readonly overview: Overview }): JSX.Element {
  const { flowsLastHour, deniedLastHour, sources, findings } = overview;
  const figures = [
    { title: "flows in the last hour", value: flowsLastHour, to: trafficPath({ window: "1h" }) },
    { title: "denied in the last hour", value: deniedLastHour, to: trafficPath({ window: "1h", verdict: "denied" }) },
    { title: "sources running", value: sources.running, to: "/sources" },
    { title: "sources in trouble", value: sources.troubled, to: "/sources?sort=state" },
    { title: "errors in rules", value: findings.error, to: withQuery("/rules", { severity: "error" }) },
    { title: "warnings in rules", value: findings.warning, to: withQuery("/rules", { severity: "warning" }) },
  ];
  return (
    <Card className="postern-overview__now" component="section">
      <CardHeader>
        <CardTitle component="h2">Now</CardTitle>
      </CardHeader>
      <CardBody>
        <ul className="postern-figures">
          {figures.map(({ title, value, to }) => (
            <li key={title}>
              <span className="postern-figures__value">
                <NumberLink value={value} to={to} of="" />
              </span>
              <span className="postern-figures__title">{title}</span>
            </li>
          ))}
        </ul>
      </CardBody>
    </Card>
  );
}
