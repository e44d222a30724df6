import { Alert, Button, PageSection, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, type ReactNode, useEffect, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { ProposalDetail, ProposalSummary } from "../../../../app/wire/proposals.ts";
import { useAnswer } from "../../api/queries.ts";
import { LinkButton } from "../../parts/link-button.tsx";
import { proposalPath } from "../../parts/links.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { ProblemState, Waiting } from "../../parts/page-states.tsx";
import { ProposalState, Risk } from "../../parts/state-labels.tsx";
import { useUrlState } from "../../parts/use-url-state.ts";
import { useShortcuts } from "../../shell/shortcuts.tsx";
import { toast } from "../../shell/toasts.tsx";
import { ChangesTab } from "./changes-tab.tsx";
import { DecisionBar, keyOf, mayOf } from "./decision-bar.tsx";
import { DecisionDialog } from "./decision-dialog.tsx";
import { actionWords } from "./decision-words.ts";
import { DeliveryTab } from "./delivery-tab.tsx";
import { DiscussionTab } from "./discussion-tab.tsx";
import { EvidenceTab } from "./evidence-tab.tsx";
import { InlineCode } from "./inline-code.tsx";
import { LawTab } from "./law-tab.tsx";
import { useNextWaiting } from "./next-waiting.ts";
import { ProgressSteps } from "./progress-steps.tsx";
import { ReadinessTab } from "./readiness-tab.tsx";
import { ReplayTab } from "./replay-tab.tsx";
import { SummaryTab } from "./summary-tab.tsx";
import type { DecisionAction, DecisionOutcome } from "./use-decide.ts";
import "./proposal.css";

/** After these a reviewer goes on to the next. */
const decides: ReadonlySet<DecisionAction> = new Set(["approve", "request-changes", "reject"]);
const above = [{ title: "Proposals", path: "/proposals" }] as const;

/** One proposal: read, compared, decided. */
export function Component(): JSX.Element {
  const { id = "" } = useParams();
  const { data, error, refetch } = useAnswer<ProposalDetail>(`proposals/${encodeURIComponent(id)}`);
  if (data !== undefined) return <Proposal key={data.id} newest={data} />;
  return (
    <>
      <PageHeader title={`Proposal ${id}`} above={above} />
      <PageSection>
        {error === null ? (
          <Waiting lines={12} label="Loading the proposal" />
        ) : (
          <ProblemState
            error={error}
            onRetry={() => {
              void refetch();
            }}
          />
        )}
      </PageSection>
    </>
  );
}

/**
 * Shows one version until the person takes the next: a decision is about what was looked at, and nothing moves under the hands of who
 * is reading. A change elsewhere is told at once.
 */
function Proposal({ newest }: { readonly newest: ProposalDetail }): JSX.Element {
  const [shown, setShown] = useState(newest);
  const [asked, setAsked] = useState<DecisionAction>();
  const [isStale, setStale] = useState(false);
  const isBehind = newest.version > shown.version;
  // The text is the same, so what was read still holds: the new state is taken at once.
  const proposal = isBehind && newest.revision === shown.revision ? newest : shown;
  useEffect(() => {
    if (proposal !== shown) setShown(proposal);
  }, [proposal, shown]);
  const [next, setNext] = useState<ProposalSummary>();
  const nextWaiting = useNextWaiting();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const path = `proposals/${encodeURIComponent(newest.id)}`;

  const takeOutcome = (action: DecisionAction, outcome: DecisionOutcome): void => {
    setAsked(undefined);
    if (outcome.kind === "stale") {
      setStale(true);
      void queries.invalidateQueries({ queryKey: ["proposals"] });
      return;
    }
    if (outcome.kind === "refused") return;
    const done = `${actionWords[action].done}: #${outcome.proposal.number}`;
    if (decides.has(action)) void offerNext(done, outcome.proposal.id);
    else toast({ title: done });
    if (outcome.proposal.id !== newest.id) {
      void navigate(proposalPath(outcome.proposal.id));
      return;
    }
    queries.setQueryData(["proposals", path, {}], outcome.proposal);
    setShown(outcome.proposal);
    setStale(false);
  };
  const offerNext = async (done: string, decided: string): Promise<void> => {
    const following = await nextWaiting(decided);
    setNext(following);
    toast(
      following === undefined
        ? { title: done, body: "Nothing else waits for your decision." }
        : {
            title: done,
            body: (
              <>
                Next: <Link to={proposalPath(following.id)}>{`#${following.number} ${following.title}`}</Link> (n)
              </>
            ),
          },
    );
  };
  const ask = (action: DecisionAction): void => {
    const { allowed, why } = mayOf(proposal, action);
    if (allowed) setAsked(action);
    else toast({ title: `${actionWords[action].button}: not possible`, body: why, variant: "warning" });
  };
  const goOn = async (): Promise<void> => {
    const following = await nextWaiting(newest.id);
    if (following !== undefined) void navigate(proposalPath(following.id));
    else toast({ title: "Nothing else waits for your decision", variant: "info" });
  };
  useShortcuts([
    ...(["approve", "request-changes", "reject"] as const).map((action) => ({
      keys: keyOf[action] ?? "",
      says: actionWords[action].button,
      run: () => {
        ask(action);
      },
    })),
    {
      keys: "n",
      says: "Next that needs my decision",
      run: () => {
        void goOn();
      },
    },
    {
      keys: "e",
      says: "Edit the policy",
      run: () => {
        if (mayOf(proposal, "edit").allowed) void navigate(`${proposalPath(proposal.id)}/edit`);
      },
    },
  ]);

  const active = useUrlState().one("tab");
  const { number, title, state, risk, lawBreaches, approvals, approvalsNeeded, cluster, namespace } = proposal;
  return (
    <>
      <PageHeader
        title={title}
        above={above}
        labels={
          <>
            <ProposalState state={state} />
            <Risk level={risk} />
          </>
        }
        description={`#${number} · ${cluster} / ${namespace} · revision ${proposal.revision} · ${approvals} of ${approvalsNeeded} ${approvalsNeeded === 1 ? "approval" : "approvals"}${lawBreaches > 0 ? ` · breaks the law in ${lawBreaches} ${lawBreaches === 1 ? "clause" : "clauses"}` : ""}`}
        actions={<DecisionBar proposal={proposal} onAsk={ask} />}
      />
      <PageSection hasBodyWrapper={false} className="postern-progress-section">
        <ProgressSteps proposal={proposal} />
      </PageSection>
      {proposal.delivery !== null && proposal.delivery.trouble !== null && active !== "pull-request" && (
        <PageSection hasBodyWrapper={false}>
          <DeliveryTrouble trouble={proposal.delivery.trouble} to={`${proposalPath(proposal.id)}?tab=pull-request`} />
        </PageSection>
      )}
      {next !== undefined && <NextWaiting next={next} />}
      {(proposal.version < newest.version || isStale) && (
        <PageSection hasBodyWrapper={false}>
          <ChangedMeanwhile
            shown={proposal}
            newest={newest}
            wasRefused={isStale}
            onTake={() => {
              setShown(newest);
              setStale(false);
            }}
          />
        </PageSection>
      )}
      <ProposalTabs
        proposal={proposal}
        onOutcome={(outcome) => {
          takeOutcome("comment", outcome);
        }}
      />
      {asked !== undefined && (
        <DecisionDialog
          proposal={proposal}
          action={asked}
          onClose={() => {
            setAsked(undefined);
          }}
          onOutcome={(outcome) => {
            takeOutcome(asked, outcome);
          }}
        />
      )}
    </>
  );
}

/** On every tab: an approved change that does not get to Git waits for somebody. */
function DeliveryTrouble({ trouble, to }: { readonly trouble: string; readonly to: string }): JSX.Element {
  return (
    <Alert
      isInline
      variant="danger"
      component="h2"
      title="It does not get to the repository"
      actionLinks={<Link to={to}>What was tried</Link>}
    >
      <InlineCode text={trouble} />
    </Alert>
  );
}

/** Stays when the toast has gone. */
function NextWaiting({ next }: { readonly next: ProposalSummary }): JSX.Element {
  return (
    <PageSection hasBodyWrapper={false}>
      <Alert
        isInline
        isPlain
        variant="info"
        component="h2"
        title="Decided. Another one needs your decision"
        actionLinks={
          <LinkButton variant="link" to={proposalPath(next.id)}>
            Go on with #{next.number} {next.title}
          </LinkButton>
        }
      />
    </PageSection>
  );
}

interface ChangedMeanwhileProps {
  readonly shown: ProposalDetail;
  readonly newest: ProposalDetail;
  readonly wasRefused: boolean;
  readonly onTake: () => void;
}

function ChangedMeanwhile({ shown, newest, wasRefused, onTake }: ChangedMeanwhileProps): JSX.Element {
  const by = newest.decisions.at(-1)?.by.name;
  const what =
    newest.revision > shown.revision
      ? `the text is at revision ${newest.revision} now, you read ${shown.revision}`
      : "its state changed";
  return (
    <Alert
      isInline
      variant="warning"
      component="h2"
      role="alert"
      title={
        wasRefused ? "Your decision was not taken: the proposal changed meanwhile" : "The proposal changed meanwhile"
      }
      actionLinks={
        <Button variant="link" isInline onClick={onTake}>
          Show how it is now
        </Button>
      }
    >
      {by ?? "Somebody"} changed it: {what}. Look at it again, then decide.
    </Alert>
  );
}

interface ProposalTabsProps {
  readonly proposal: ProposalDetail;
  readonly onOutcome: (outcome: DecisionOutcome) => void;
}

function ProposalTabs({ proposal, onOutcome }: ProposalTabsProps): JSX.Element {
  const url = useUrlState();
  const [line, setLine] = useState<{ readonly line: number; readonly times: number }>();
  const showLine = (wanted: number): void => {
    setLine({ line: wanted, times: (line?.times ?? 0) + 1 });
    url.change({ tab: "changes" });
  };
  const { dossier, laws, decisions } = proposal;
  const { newlyAllowed, newlyDenied, unknown } = dossier.replay;
  const tabs: readonly (readonly [string, string, number | undefined, () => ReactNode])[] = [
    ["summary", "Summary", undefined, () => <SummaryTab proposal={proposal} />],
    ["changes", "Changes", dossier.differences.length, () => <ChangesTab proposal={proposal} shown={line} />],
    ["replay", "Replay", newlyAllowed + newlyDenied + unknown, () => <ReplayTab dossier={dossier} />],
    ["evidence", "Evidence", dossier.rules.length, () => <EvidenceTab proposal={proposal} onShowLine={showLine} />],
    ["law", "Law", laws.length, () => <LawTab proposal={proposal} onShowLine={showLine} />],
    ["readiness", "Readiness", undefined, () => <ReadinessTab readiness={dossier.readiness} />],
    ["discussion", "Discussion", decisions.length, () => <DiscussionTab proposal={proposal} onOutcome={onOutcome} />],
    ["pull-request", "Pull request", undefined, () => <DeliveryTab proposal={proposal} />],
  ];
  const wanted = url.one("tab") ?? "summary";
  const active = tabs.some(([key]) => key === wanted) ? wanted : "summary";
  return (
    <>
      <PageSection type="tabs" hasBodyWrapper={false}>
        <Tabs
          activeKey={active}
          onSelect={(_, key) => {
            setLine(undefined);
            url.change({ tab: key === "summary" ? undefined : key });
          }}
          usePageInsets
          aria-label="Parts of the proposal"
        >
          {tabs.map(([key, title, number]) => (
            <Tab
              key={key}
              eventKey={key}
              id={`tab-${key}`}
              tabContentId={`panel-${key}`}
              title={
                <TabTitleText>
                  {title}
                  {number !== undefined && number > 0 && ` ${number}`}
                </TabTitleText>
              }
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
