import { PageSection, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";
import type { SettingsView } from "../../../../app/wire/settings.ts";
import { useAnswer } from "../../api/queries.ts";
import { useSession } from "../../api/session.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { ProblemState, Waiting } from "../../parts/page-states.tsx";
import { useUrlState } from "../../parts/use-url-state.ts";
import { AutomationTab } from "./automation-tab.tsx";
import { LawsTab } from "./laws-tab.tsx";
import { PeopleTab } from "./people-tab.tsx";
import { RepositoriesTab } from "./repositories-tab.tsx";
import { SlackLink } from "./slack-link.tsx";
import { StoppedTab } from "./stopped-tab.tsx";
import "../proposal/proposal.css";
import "../editor/editor.css";
import "./settings.css";

/** What the organisation decided about how policies are decided. */
export function Component(): JSX.Element {
  const { data, error, refetch } = useAnswer<SettingsView>("settings");
  const hasSlack = useSession()?.hasSlack === true;
  return (
    <>
      <PageHeader
        title="Settings"
        description="The organisation's law, what automation may do, and what this server knows. Changes are records of the audit log."
      />
      {data !== undefined && <SettingsTabs settings={data} />}
      {data === undefined && (
        <PageSection hasBodyWrapper={false}>
          {error === null ? (
            <Waiting lines={8} label="Loading the settings" />
          ) : (
            <ProblemState
              error={error}
              onRetry={() => {
                void refetch();
              }}
            />
          )}
          {/* Whoever decides in Slack need not administer. */}
          {error !== null && hasSlack && <SlackLink />}
        </PageSection>
      )}
    </>
  );
}

function SettingsTabs({ settings }: { readonly settings: SettingsView }): JSX.Element {
  const url = useUrlState();
  const isReadOnly = useSession()?.mayAdminister !== true;
  const { laws, repositories, users, stopped } = settings;
  const tabs: readonly (readonly [string, string, number | undefined, () => ReactNode])[] = [
    ["laws", "Laws", laws.length, () => <LawsTab laws={laws} isReadOnly={isReadOnly} />],
    [
      "automation",
      "Automation",
      undefined,
      () => <AutomationTab key={settings.version} settings={settings} isReadOnly={isReadOnly} />,
    ],
    ["stopped", "Stopped roll-outs", stopped.length, () => <StoppedTab stopped={stopped} isReadOnly={isReadOnly} />],
    ["repositories", "Repositories", repositories.length, () => <RepositoriesTab repositories={repositories} />],
    ["users", "People", undefined, () => <PeopleTab users={users} isReadOnly={isReadOnly} />],
  ];
  const wanted = url.one("tab") ?? "laws";
  const active = tabs.some(([key]) => key === wanted) ? wanted : "laws";
  return (
    <>
      <PageSection type="tabs" hasBodyWrapper={false}>
        <Tabs
          activeKey={active}
          usePageInsets
          aria-label="Parts of the settings"
          onSelect={(_, key) => {
            url.change({ tab: key === "laws" ? undefined : key });
          }}
        >
          {tabs.map(([key, title, number]) => (
            <Tab
              key={key}
              eventKey={key}
              id={`tab-${key}`}
              tabContentId={`panel-${key}`}
              title={<TabTitleText>{number === undefined || number === 0 ? title : `${title} ${number}`}</TabTitleText>}
            />
          ))}
        </Tabs>
      </PageSection>
      <PageSection hasBodyWrapper={false} isFilled>
        {tabs.map(([key, , , draw]) => (
          <section key={key} id={`panel-${key}`} role="tabpanel" aria-labelledby={`tab-${key}`} hidden={key !== active}>
            {key === active && draw()}
          </section>
        ))}
      </PageSection>
    </>
  );
}
