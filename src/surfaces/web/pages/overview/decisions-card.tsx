import { Card, CardBody, CardFooter, CardHeader, CardTitle } from "@patternfly/react-core";
import type { JSX } from "react";
import { Link } from "react-router";
import type { Overview } from "../../../../app/wire/overview.ts";
import type { ProposalSummary } from "../../../../app/wire/proposals.ts";
import { proposalPath, withQuery } from "../../parts/links.ts";
import { NumberLink } from "../../parts/number-link.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { Risk } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";
import { Candidates } from "./candidates.tsx";

/** First on the page: what stands still until a person says yes or no. */
export function DecisionsCard({ overview }: { readonly overview: Overview }): JSX.Element {
  const { decisions } = overview;
  const counts = [
    { title: "to review", value: decisions.pendingReview, to: withQuery("/proposals", { state: "pending-review" }) },
    {
      title: "changes requested",
      value: decisions.changesRequested,
      to: withQuery("/proposals", { state: "changes-requested" }),
    },
    {
      title: "approved, not merged",
      value: decisions.approvedNotMerged,
      to: withQuery("/proposals", { state: ["approved", "pull-request-open"] }),
    },
    { title: "stopped by themselves", value: decisions.stopped, to: "/settings?tab=stopped" },
  ];
  return (
    <Card className="postern-overview__decisions" component="section">
      <CardHeader>
        <CardTitle component="h2">Needs a decision</CardTitle>
      </CardHeader>
      <CardBody>
        <ul className="postern-figures">
          {counts.map(({ title, value, to }) => (
            <li key={title}>
              <span className="postern-figures__value">
                <NumberLink value={value} to={to} of={`proposals ${title}`} />
              </span>
              <span className="postern-figures__title">{title}</span>
            </li>
          ))}
        </ul>
        {decisions.proposals.length === 0 ? (
          <Candidates />
        ) : (
          <ul className="postern-queue">
            {decisions.proposals.map((proposal) => (
              <Waiting key={proposal.id} proposal={proposal} />
            ))}
          </ul>
        )}
      </CardBody>
      <CardFooter>
        <Link to={withQuery("/proposals", { mine: "true" })}>All that you may decide</Link>
      </CardFooter>
    </Card>
  );
}

function Waiting({ proposal }: { readonly proposal: ProposalSummary }): JSX.Element {
  const { id, number, title, cluster, namespace, risk, readinessDay, newlyDenied, lawBreaches, updatedAtMs } = proposal;
  return (
    <li>
      <div className="postern-queue__what">
        <Link to={proposalPath(id)}>
          #{number} {title}
        </Link>
        <div className="postern-under">
          {cluster} / {namespace} · <Time ms={updatedAtMs} />
          {newlyDenied > 0 && <> · denies {newlyDenied} recorded</>}
          {lawBreaches > 0 && <> · breaks the law</>}
        </div>
      </div>
      <div className="postern-queue__judged">
        <Readiness day={readinessDay} />
        <Risk level={risk} />
      </div>
    </li>
  );
}
