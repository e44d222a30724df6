import {
  Alert,
  AlertActionCloseButton,
  Button,
  Card,
  CardBody,
  CardTitle,
  Flex,
  FlexItem,
  Grid,
  GridItem,
  PageSection,
} from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { ProblemError, read, send } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import { useSession } from "../../api/session.ts";
import { LinkButton } from "../../parts/link-button.tsx";
import { proposalPath } from "../../parts/links.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing, ProblemState, Waiting } from "../../parts/page-states.tsx";
import { useNow } from "../../parts/time.tsx";
import { toast } from "../../shell/toasts.tsx";
import { mayOf } from "../proposal/decision-bar.tsx";
import { Refusal } from "../proposal/decision-dialog.tsx";
import type { CodeEditorHandle } from "./code-editor.tsx";
import { diagnosticsOf } from "./diagnostics.ts";
import { type Draft, draftOf, editOf, rebased, troubleOf } from "./editing.ts";
import { JudgementPanel } from "./judgement-panel.tsx";
import { DraftShelf } from "./kept-draft.ts";
import { LeaveDialog } from "./leave-dialog.tsx";
import { ParticularsForm } from "./particulars-form.tsx";
import { useFollowedPreview } from "./use-followed-preview.ts";
import { useLeaveGuard } from "./use-leave-guard.ts";
import "../proposal/proposal.css";
import "./editor.css";

const CodeEditor = lazy(async () => ({ default: (await import("./code-editor.tsx")).CodeEditor }));

/** Edit the text and the reasons of a proposal. */
export function Component(): JSX.Element {
  const { id = "" } = useParams();
  const { data, error, refetch } = useAnswer<ProposalDetail>(`proposals/${encodeURIComponent(id)}`);
  if (data !== undefined) return <Opened key={data.id} newest={data} />;
  return (
    <>
      <PageHeader title="Edit the policy" above={[{ title: "Proposals", path: "/proposals" }]} />
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

/** The text that somebody edits is the one they opened: a newer one is told when they save. */
function Opened({ newest }: { readonly newest: ProposalDetail }): JSX.Element {
  const [opened] = useState(newest);
  const { allowed, why } = mayOf(opened, "edit");
  return allowed ? <Editor opened={opened} /> : <NotEditable proposal={opened} why={why} />;
}

function aboveOf({ id, number, title }: ProposalDetail): readonly { readonly title: string; readonly path: string }[] {
  return [
    { title: "Proposals", path: "/proposals" },
    { title: `#${number} ${title}`, path: proposalPath(id) },
  ];
}

function NotEditable({ proposal, why }: { readonly proposal: ProposalDetail; readonly why: string }): JSX.Element {
  return (
    <>
      <PageHeader title="Edit the policy" above={aboveOf(proposal)} />
      <PageSection>
        <Nothing
          title="This policy cannot be edited now"
          actions={
            <LinkButton variant="link" to={proposalPath(proposal.id)}>
              Back to the proposal
            </LinkButton>
          }
        >
          {why}
        </Nothing>
      </PageSection>
    </>
  );
}

type Saving =
  | { readonly kind: "idle" | "busy" }
  | { readonly kind: "refused"; readonly error: unknown }
  /** Somebody else saved first. */
  | { readonly kind: "stale"; readonly newest: ProposalDetail };

async function readAfterAll(path: string): Promise<Saving> {
  try {
    return { kind: "stale", newest: await read<ProposalDetail>(path) };
  } catch (error) {
    return { kind: "refused", error };
  }
}

function Editor({ opened }: { readonly opened: ProposalDetail }): JSX.Element {
  const subject = useSession()?.person.subject ?? "";
  const shelf = useMemo(() => new DraftShelf(globalThis.sessionStorage, subject, opened.id), [subject, opened.id]);
  // Of a session that ended, or a page that was loaded anew.
  const [kept, setKept] = useState(() => shelf.read());
  const [base, setBase] = useState(opened);
  const before = useMemo(() => draftOf(base), [base]);
  const [draft, setDraft] = useState<Draft>(() =>
    kept === undefined ? draftOf(opened) : rebased(kept.before, kept.draft, draftOf(opened)),
  );
  const [saving, setSaving] = useState<Saving>({ kind: "idle" });
  const [isLeaving, setLeaving] = useState(false);
  const editor = useRef<CodeEditorHandle>(null);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { state: followed, type, retry } = useFollowedPreview(opened.id, draft.manifest);
  const { answer } = followed;
  const diagnostics = useMemo(
    () => (answer === undefined ? [] : diagnosticsOf(answer.text, answer.value.findings, answer.value.laws)),
    [answer],
  );
  const edit = editOf(before, draft);
  const isDirty = Object.keys(edit).length > 0;
  const trouble = troubleOf(draft, useNow());
  const blocker = useLeaveGuard(isDirty && !isLeaving, true);
  const path = `proposals/${encodeURIComponent(opened.id)}`;
  useEffect(() => {
    if (isLeaving || !isDirty) shelf.forget();
    else shelf.keep({ version: base.version, before, draft });
  }, [shelf, isLeaving, isDirty, base, before, draft]);
  const change = (changes: Partial<Draft>): void => {
    setDraft((now) => ({ ...now, ...changes }));
  };

  const save = async (): Promise<void> => {
    if (!isDirty || Object.keys(trouble).length > 0) return;
    setSaving({ kind: "busy" });
    try {
      const saved = await send<ProposalDetail>("PATCH", path, edit, { ifMatch: base.version });
      setLeaving(true);
      queries.setQueryData(["proposals", path, {}], saved);
      void queries.invalidateQueries({ queryKey: ["proposals"] });
      toast({ title: edit.manifest === undefined ? "Saved" : `Saved as revision ${saved.revision}` });
      // After the guard has heard that there is nothing to lose.
      setTimeout(() => {
        void navigate(proposalPath(saved.id));
      });
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status === 412) {
        setSaving(await readAfterAll(path));
        return;
      }
      setSaving({ kind: "refused", error });
    }
  };
  const showLine = (line: number): void => {
    editor.current?.goToLine(line);
  };

  return (
    <>
      <PageHeader
        title="Edit the policy"
        above={aboveOf(opened)}
        description={`${opened.kind} ${opened.policyName} in ${opened.cluster} / ${opened.namespace}. Saving makes a new revision; approvals of the one before no longer count.`}
      />
      <PageSection hasBodyWrapper={false} isFilled>
        {kept !== undefined && (
          <KeptText
            isOlder={kept.version < opened.version}
            onDrop={() => {
              setKept(undefined);
              setDraft(before);
              editor.current?.replaceAll(before.manifest);
            }}
            onClose={() => {
              setKept(undefined);
            }}
          />
        )}
        {saving.kind === "refused" && <Refusal error={saving.error} />}
        {saving.kind === "stale" && (
          <SomebodySavedFirst
            newest={saving.newest}
            onKeepMine={() => {
              const both = rebased(before, draft, draftOf(saving.newest));
              setBase(saving.newest);
              setDraft(both);
              if (both.manifest !== draft.manifest) editor.current?.replaceAll(both.manifest);
              setSaving({ kind: "idle" });
            }}
            onTakeTheirs={() => {
              const theirs = draftOf(saving.newest);
              setBase(saving.newest);
              setDraft(theirs);
              editor.current?.replaceAll(theirs.manifest);
              setSaving({ kind: "idle" });
            }}
          />
        )}
        <Grid hasGutter>
          <GridItem xl={7} span={12}>
            <Card>
              <CardTitle component="h2">Text</CardTitle>
              <CardBody>
                <p id="editor-keys" className="postern-subtle postern-editor-keys">
                  Tab indents. To leave the text with the keyboard, press <kbd>Esc</kbd>, then <kbd>Tab</kbd>.{" "}
                  <kbd>F8</kbd> goes to the next finding, <kbd>Ctrl</kbd>+<kbd>Shift</kbd>+<kbd>M</kbd> lists them.
                </p>
                <Suspense fallback={<Waiting lines={14} label="Loading the editor" />}>
                  <CodeEditor
                    ref={editor}
                    label="Policy as YAML. Tab indents; press Escape, then Tab, to leave."
                    text={draft.manifest}
                    diagnostics={diagnostics}
                    onChange={(manifest) => {
                      change({ manifest });
                      type(manifest);
                    }}
                  />
                </Suspense>
              </CardBody>
            </Card>
          </GridItem>
          <GridItem xl={5} span={12}>
            <JudgementPanel followed={followed} onRetry={retry} onShowLine={showLine} />
          </GridItem>
          <GridItem span={12}>
            <Card>
              <CardTitle component="h2">Reasons and reviewers</CardTitle>
              <CardBody>
                <ParticularsForm draft={draft} trouble={trouble} onChange={change} />
              </CardBody>
            </Card>
          </GridItem>
        </Grid>
      </PageSection>
      <PageSection hasBodyWrapper={false} stickyOnBreakpoint={{ default: "bottom" }} className="postern-save-bar">
        <Flex gap={{ default: "gapSm" }} alignItems={{ default: "alignItemsCenter" }}>
          <FlexItem>
            <Button
              isDisabled={!isDirty || Object.keys(trouble).length > 0 || saving.kind === "busy"}
              isLoading={saving.kind === "busy"}
              onClick={() => {
                void save();
              }}
            >
              {edit.manifest === undefined ? "Save" : "Save as new revision"}
            </Button>
          </FlexItem>
          <FlexItem>
            <LinkButton variant="link" to={proposalPath(opened.id)}>
              Cancel
            </LinkButton>
          </FlexItem>
          <FlexItem>
            <span role="status" className="postern-subtle">
              {isDirty ? "Not saved yet" : "Nothing changed"}
            </span>
          </FlexItem>
        </Flex>
      </PageSection>
      <LeaveDialog
        blocker={blocker}
        onLeave={() => {
          shelf.forget();
        }}
      />
    </>
  );
}

interface KeptTextProps {
  /** Somebody saved since it was typed. */
  readonly isOlder: boolean;
  readonly onDrop: () => void;
  readonly onClose: () => void;
}

function KeptText({ isOlder, onDrop, onClose }: KeptTextProps): JSX.Element {
  return (
    <Alert
      isInline
      variant="info"
      component="h2"
      className="postern-alert"
      title="Your text is back"
      actionClose={<AlertActionCloseButton title="Close" onClose={onClose} />}
      actionLinks={
        <Button variant="link" isInline onClick={onDrop}>
          Drop it
        </Button>
      }
    >
      You had not saved it when you left this page.{" "}
      {isOlder ? "The proposal was saved since, so compare before you save." : "Save it when it is ready."}
    </Alert>
  );
}

interface SomebodySavedFirstProps {
  readonly newest: ProposalDetail;
  readonly onKeepMine: () => void;
  readonly onTakeTheirs: () => void;
}

function SomebodySavedFirst({ newest, onKeepMine, onTakeTheirs }: SomebodySavedFirstProps): JSX.Element {
  const by = newest.decisions.findLast(({ action }) => action === "edit")?.by.name ?? "Somebody";
  return (
    <Alert
      isInline
      variant="warning"
      component="h2"
      role="alert"
      className="postern-alert"
      title="Not saved: the proposal changed since you opened it"
      actionLinks={
        <>
          <Button variant="link" isInline onClick={onKeepMine}>
            Keep mine, on top of revision {newest.revision}
          </Button>
          <Button variant="link" isInline onClick={onTakeTheirs}>
            Take theirs, lose mine
          </Button>
        </>
      }
    >
      {by} saved revision {newest.revision}. Nothing of yours is lost; say which text goes on.
    </Alert>
  );
}
