import "./namespace.css";
import { Badge, PageSection, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import type { JSX } from "react";
import { Link, useParams } from "react-router";
import type { NamespaceDetail } from "../../../../app/wire/namespaces.ts";
import { useAnswer } from "../../api/queries.ts";
import { withQuery } from "../../parts/links.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { ProblemState, Waiting } from "../../parts/page-states.tsx";
import { Coverage, Phase } from "../../parts/state-labels.tsx";
import { useUrlState } from "../../parts/use-url-state.ts";
import { FindingsTab } from "./findings-tab.tsx";
import { FlowMapTab } from "./flow-map/flow-map-tab.tsx";
import { HistoryTab } from "./history-tab.tsx";
import { NamespaceFigures } from "./namespace-figures.tsx";
import { PhaseTab } from "./phase-tab.tsx";
import { PolicyTab } from "./policy-tab.tsx";
import { ProposalsTab } from "./proposals-tab.tsx";

const tabs = ["map", "policy", "findings", "history", "proposals", "phase"] as const;
type TabName = (typeof tabs)[number];
const titles: Readonly<Record<TabName, string>> = {
  map: "Flow map",
  policy: "Policy",
  findings: "Findings",
  history: "History",
  proposals: "Proposals",
  phase: "Phase",
};

export function Component(): JSX.Element {
  const { cluster = "", namespace = "" } = useParams();
  const path = `namespaces/${encodeURIComponent(cluster)}/${encodeURIComponent(namespace)}`;
  const { data, error, refetch } = useAnswer<NamespaceDetail>(path);
  return (
    <>
      <PageHeader
        title={namespace}
        above={[
          { title: "Namespaces", path: "/namespaces" },
          { title: cluster, path: withQuery("/namespaces", { cluster }) },
        ]}
        labels={
          data && (
            <>
              <Coverage coverage={data.coverage} />
              <Phase phase={data.phase} />
            </>
          )
        }
        actions={
          <Link className="pf-v6-c-button pf-m-secondary" to={withQuery("/proposals/new", { cluster, namespace })}>
            Propose a policy
          </Link>
        }
      />
      <PageSection hasBodyWrapper={false} isFilled aria-label={namespace}>
        {data === undefined && error === null && <Waiting lines={10} />}
        {data === undefined && error !== null && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data !== undefined && (
          <>
            <NamespaceFigures detail={data} />
            <NamespaceTabs key={`${cluster}/${namespace}`} detail={data} />
          </>
        )}
      </PageSection>
    </>
  );
}

/** A phase that somebody else changed meanwhile begins its form anew; other news of the namespace does not. */
function keyOfPhase({ phase, automation }: NamespaceDetail): string {
  return [phase, automation.threshold, automation.reviewByMs, automation.stoppedBecause].join();
}

function NamespaceTabs({ detail }: { readonly detail: NamespaceDetail }): JSX.Element {
  const state = useUrlState();
  const active = tabs.find((each) => each === state.one("tab")) ?? "map";
  const counts: Partial<Record<TabName, number>> = {
    policy: detail.policies.length,
    findings: detail.policies.reduce((sum, { findings }) => sum + findings.length, 0),
    proposals: detail.openProposals,
  };
  return (
    <>
      <Tabs
        activeKey={active}
        aria-label={`About ${detail.namespace}`}
        onSelect={(_, key) => {
          state.change({ tab: key === "map" ? undefined : String(key) }, { push: true });
        }}
      >
        {tabs.map((name) => (
          <Tab
            key={name}
            eventKey={name}
            tabContentId={`tab-${name}`}
            title={
              <TabTitleText>
                {titles[name]} {counts[name] !== undefined && counts[name] > 0 && <Badge isRead>{counts[name]}</Badge>}
              </TabTitleText>
            }
          />
        ))}
      </Tabs>
      <div id={`tab-${active}`} role="tabpanel" aria-label={titles[active]} className="postern-tab">
        {active === "map" && <FlowMapTab where={detail} />}
        {active === "policy" && <PolicyTab detail={detail} />}
        {active === "findings" && <FindingsTab detail={detail} />}
        {active === "history" && <HistoryTab history={detail.history} />}
        {active === "proposals" && <ProposalsTab detail={detail} />}
        {active === "phase" && <PhaseTab key={keyOfPhase(detail)} detail={detail} />}
      </div>
    </>
  );
}
