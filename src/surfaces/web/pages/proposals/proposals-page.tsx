import { Label, Tab, Tabs, TabTitleText, PageSection } from "@patternfly/react-core";
import { type JSX, useCallback, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { ProposalQuery, ProposalSummary } from "../../../../app/wire/proposals.ts";
import { useListPage } from "../../api/queries.ts";
import { useSession } from "../../api/session.ts";
import type { Column } from "../../parts/column.ts";
import { formatCount } from "../../parts/formats.ts";
import { LinkButton } from "../../parts/link-button.tsx";
import { namespacePath, proposalPath } from "../../parts/links.ts";
import type { ListFilter } from "../../parts/list-filter.ts";
import { ListSection } from "../../parts/list-page.tsx";
import { NumberLink } from "../../parts/number-link.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing } from "../../parts/page-states.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { ProposalState, proposalStateWord, Risk } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";
import { useClusters } from "../../parts/use-clusters.ts";
import { useUrlState } from "../../parts/use-url-state.ts";
import { announce } from "../../shell/announce.tsx";
import { useShortcuts } from "../../shell/shortcuts.tsx";
import { originTitles } from "./origin-titles.ts";
import { stepRow } from "./step-row.ts";
import "./proposals.css";

const states = [
  "draft",
  "pending-review",
  "changes-requested",
  "approved",
  "pull-request-open",
  "merged",
  "synced",
  "enforced",
  "verified",
  "rejected",
  "superseded",
  "rolled-back",
] as const satisfies NonNullable<ProposalQuery["state"]>;

function useFilters(): readonly ListFilter[] {
  const clusters = useClusters();
  return [
    {
      kind: "choice",
      parameter: "state",
      title: "State",
      options: states.map((value) => ({ value, label: proposalStateWord(value) })),
    },
    {
      kind: "choice",
      parameter: "risk",
      title: "Risk",
      options: [
        { value: "low", label: "Low" },
        { value: "medium", label: "Medium" },
        { value: "high", label: "High" },
      ],
    },
    {
      kind: "choice",
      parameter: "origin",
      title: "Origin",
      options: Object.entries(originTitles).map(([value, label]) => ({ value, label })),
    },
    {
      kind: "choice",
      parameter: "cluster",
      title: "Cluster",
      options: clusters,
    },
    { kind: "text", parameter: "namespace", title: "Namespace", placeholder: "Namespace" },
  ];
}

const columns: readonly Column<ProposalSummary>[] = [
  {
    key: "title",
    title: "Proposal",
    sort: "number",
    width: 30,
    cell: (proposal) => (
      <>
        <Link to={proposalPath(proposal.id)} data-open>
          {proposal.title}
        </Link>
        <div className="postern-under">
          #{proposal.number} · {originTitles[proposal.origin]} · {proposal.author.name}
        </div>
      </>
    ),
  },
  {
    key: "namespace",
    title: "Namespace",
    sort: "namespace",
    cell: (proposal) => (
      <>
        <Link to={namespacePath(proposal)}>{proposal.namespace}</Link>
        <div className="postern-under">{proposal.cluster}</div>
      </>
    ),
  },
  { key: "state", title: "State", sort: "state", cell: (proposal) => <StateOf proposal={proposal} /> },
  { key: "risk", title: "Risk", sort: "risk", cell: ({ risk }) => <Risk level={risk} /> },
  {
    key: "readiness",
    title: "Readiness",
    sort: "readiness",
    isNumeric: true,
    cell: ({ readinessDay }) => <Readiness day={readinessDay} />,
  },
  {
    key: "verdicts",
    title: "Denied / allowed anew",
    isNumeric: true,
    cell: ({ id, number, newlyDenied, newlyAllowed }) => (
      <span>
        <NumberLink
          value={newlyDenied}
          to={`${proposalPath(id)}?tab=replay`}
          of={`connections newly denied by #${number}`}
        />{" "}
        /{" "}
        <NumberLink
          value={newlyAllowed}
          to={`${proposalPath(id)}?tab=replay`}
          of={`connections newly allowed by #${number}`}
        />
      </span>
    ),
  },
  {
    key: "updated",
    title: "Changed",
    sort: "updatedAtMs",
    isNumeric: true,
    cell: ({ updatedAtMs }) => <Time ms={updatedAtMs} />,
  },
];

function StateOf({ proposal }: { readonly proposal: ProposalSummary }): JSX.Element {
  const { state, lawBreaches, approvals, approvalsNeeded } = proposal;
  return (
    <>
      <ProposalState state={state} />
      {lawBreaches > 0 && (
        <Label isCompact status="danger" className="postern-label-after">
          Breaks the law
        </Label>
      )}
      {state === "pending-review" && (
        <div className="postern-under">
          {approvals} of {approvalsNeeded} approved
        </div>
      )}
    </>
  );
}

const views = [
  ["mine", "Needs my decision"],
  ["all", "All proposals"],
] as const;

/** The queue: what waits for the one who looks comes first, everything else is a tab away. */
export function Component(): JSX.Element {
  const state = useUrlState();
  const session = useSession();
  const filters = useFilters();
  const navigate = useNavigate();
  const view = state.one("view") === "all" || session?.mayApprove === false ? "all" : "mine";
  const mine = useListPage<ProposalSummary>("proposals", { mine: "true", limit: 1 });
  const [rows, setRows] = useState<readonly ProposalSummary[]>([]);
  const [chosen, setChosen] = useState<string>();
  const onRows = useCallback((next: readonly ProposalSummary[]) => {
    setRows(next);
  }, []);

  const step = (by: "next" | "previous"): void => {
    const at = rows.findIndex(({ id }) => id === chosen);
    const to = stepRow(at < 0 ? undefined : at, by, rows.length);
    const row = to === undefined ? undefined : rows[to];
    if (row === undefined) return;
    setChosen(row.id);
    // The link takes the focus, so that Enter opens it and Tab goes on from there.
    const link = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"] [data-open]`);
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
    announce(`${row.title}, ${proposalStateWord(row.state)}, ${row.risk} risk`);
  };
  useShortcuts([
    {
      keys: "j",
      says: "Next proposal",
      run: () => {
        step("next");
      },
    },
    {
      keys: "k",
      says: "Previous proposal",
      run: () => {
        step("previous");
      },
    },
    {
      keys: "n",
      says: "New proposal",
      run: () => {
        void navigate("/proposals/new");
      },
    },
  ]);

  const waiting = mine.data?.total ?? 0;
  return (
    <>
      <PageHeader
        title="Proposals"
        description="Policy changes under review, and what became of them. Press j and k to go through the rows, Enter to open one."
        actions={<LinkButton to="/proposals/new">New proposal</LinkButton>}
      />
      {session?.mayApprove !== false && (
        <PageSection type="tabs" hasBodyWrapper={false}>
          <Tabs
            activeKey={view}
            usePageInsets
            aria-label="Which proposals"
            onSelect={(_, key) => {
              state.change({ view: key === "all" ? "all" : undefined });
            }}
          >
            {views.map(([key, title]) => (
              <Tab
                key={key}
                eventKey={key}
                id={`tab-${key}`}
                tabContentId="proposals-shown"
                title={
                  <TabTitleText>
                    {title}
                    {key === "mine" && waiting > 0 && ` ${formatCount(waiting)}`}
                  </TabTitleText>
                }
              />
            ))}
          </Tabs>
        </PageSection>
      )}
      <div
        id="proposals-shown"
        {...(session?.mayApprove === false ? {} : { role: "tabpanel", "aria-labelledby": `tab-${view}` })}
      >
        <ListSection<ProposalSummary>
          key={view}
          path="proposals"
          what="proposals"
          columns={columns}
          rowKey={({ id }) => id}
          filters={filters}
          defaultSort="-updatedAtMs"
          always={view === "mine" ? { mine: "true" } : {}}
          {...(chosen === undefined ? {} : { chosen })}
          onRows={onRows}
          empty={<NoProposals view={view} />}
        />
      </div>
    </>
  );
}

function NoProposals({ view }: { readonly view: "mine" | "all" }): JSX.Element {
  if (view === "mine") {
    return (
      <Nothing
        title="Nothing needs your decision"
        actions={
          <LinkButton variant="link" to="/proposals?view=all">
            See all proposals
          </LinkButton>
        }
      >
        Proposals that you may approve appear here as soon as they are submitted for review.
      </Nothing>
    );
  }
  return (
    <Nothing
      title="No proposals yet"
      actions={
        <LinkButton variant="link" to="/proposals/new">
          Learn a namespace
        </LinkButton>
      }
    >
      A proposal is made from recorded traffic, from a text, or from the fix of a finding.
    </Nothing>
  );
}
