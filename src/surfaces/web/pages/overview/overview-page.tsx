import "./overview.css";
import { PageSection } from "@patternfly/react-core";
import type { JSX } from "react";
import type { Overview } from "../../../../app/wire/overview.ts";
import { useAnswer } from "../../api/queries.ts";
import { useSession } from "../../api/session.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { ProblemState, Waiting } from "../../parts/page-states.tsx";
import { DecisionsCard } from "./decisions-card.tsx";
import { ExposureCard } from "./exposure-card.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { CoverageCard, PhaseCard, ReadinessCard, WidestCard } from "./namespace-cards.tsx";
import { NowCard } from "./now-card.tsx";
import { SampleGuide } from "./sample-guide.tsx";

export function Component(): JSX.Element {
  const { data, error, refetch } = useAnswer<Overview>("overview");
  return (
    <>
      <PageHeader title="Overview" description="What leaves the clusters, what could, and what waits for you." />
      <PageSection hasBodyWrapper={false} isFilled aria-label="Overview">
        {data === undefined && error === null && <Waiting lines={8} />}
        {error !== null && data === undefined && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data !== undefined &&
          (data.namespaces.total === 0 ? <FirstSteps sources={data.sources} /> : <Cards overview={data} />)}
      </PageSection>
    </>
  );
}

function Cards({ overview }: { readonly overview: Overview }): JSX.Element {
  const isSample = useSession()?.isSample ?? false;
  return (
    <div className="postern-overview">
      {isSample && <SampleGuide overview={overview} />}
      <DecisionsCard overview={overview} />
      <NowCard overview={overview} />
      <PhaseCard namespaces={overview.namespaces} />
      <ExposureCard days={overview.exposure} />
      <ReadinessCard readiness={overview.readiness} />
      <CoverageCard namespaces={overview.namespaces} />
      <WidestCard widest={overview.widest} />
    </div>
  );
}
