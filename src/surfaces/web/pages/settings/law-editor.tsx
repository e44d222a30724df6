import {
  Alert,
  Button,
  Card,
  CardBody,
  CardTitle,
  Grid,
  GridItem,
  List,
  ListItem,
  Spinner,
} from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import type { z } from "zod";
import type { lawCheck, LawDocument } from "../../../../app/wire/settings.ts";
import { ProblemError, send } from "../../api/client.ts";
import { countOf } from "../../parts/formats.ts";
import { proposalPath } from "../../parts/links.ts";
import { Waiting } from "../../parts/page-states.tsx";
import { Severity } from "../../parts/state-labels.tsx";
import { toast } from "../../shell/toasts.tsx";
import type { CodeEditorHandle } from "../editor/code-editor.tsx";
import { diagnosticsOf } from "../editor/diagnostics.ts";
import { type Followed, type Follower, followTyping } from "../editor/follow-typing.ts";
import { LeaveDialog } from "../editor/leave-dialog.tsx";
import { useLeaveGuard } from "../editor/use-leave-guard.ts";
import { Refusal } from "../proposal/decision-dialog.tsx";
import { InlineCode } from "../proposal/inline-code.tsx";

const CodeEditor = lazy(async () => ({ default: (await import("../editor/code-editor.tsx")).CodeEditor }));
type LawCheck = z.infer<typeof lawCheck>;

interface LawEditorProps {
  readonly name: string;
  readonly text: string;
  /** The one that was read; null for a new document. */
  readonly version: number | null;
  readonly isReadOnly: boolean;
  readonly onClose: () => void;
}

/** The law's text, with what it says to every open proposal while it is typed. */
export function LawEditor({ name, text, version, isReadOnly, onClose }: LawEditorProps): JSX.Element {
  const [typed, setTyped] = useState(text);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const editor = useRef<CodeEditorHandle>(null);
  const queries = useQueryClient();
  const followed = useLawCheck(typed);
  const { answer, isBehind } = followed;
  const isDirty = typed !== text || version === null;
  const hasErrors = answer?.value.findings.some(({ severity }) => severity === "error") === true;
  const blocker = useLeaveGuard(isDirty && !isReadOnly && !isBusy);
  const diagnostics = useMemo(
    () => (answer === undefined ? [] : diagnosticsOf(answer.text, answer.value.findings, [])),
    [answer],
  );
  const save = async (): Promise<void> => {
    setBusy(true);
    setRefusal(undefined);
    try {
      const saved = await send<LawDocument>("PUT", `settings/laws/${encodeURIComponent(name)}`, {
        text: typed,
        version,
      });
      void queries.invalidateQueries();
      toast({ title: `The law ${saved.name} is in force as version ${saved.version}` });
      onClose();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <>
      {refusal !== undefined && (
        <>
          <Refusal error={refusal} />
          {refusal instanceof ProblemError && refusal.problem.status === 412 && (
            <p className="postern-subtle">
              Somebody saved it first: copy your text, go back, and open the newer version.
            </p>
          )}
        </>
      )}
      <Grid hasGutter>
        <GridItem xl={7} span={12}>
          <Card>
            <CardTitle component="h2">{version === null ? `New law ${name}` : `${name}, version ${version}`}</CardTitle>
            <CardBody>
              <p className="postern-subtle postern-editor-keys">
                Tab indents. To leave the text with the keyboard, press <kbd>Esc</kbd>, then <kbd>Tab</kbd>.
              </p>
              <Suspense fallback={<Waiting lines={14} label="Loading the editor" />}>
                <CodeEditor
                  ref={editor}
                  label="Law as YAML. Tab indents; press Escape, then Tab, to leave."
                  text={text}
                  diagnostics={diagnostics}
                  isReadOnly={isReadOnly}
                  onChange={setTyped}
                />
              </Suspense>
            </CardBody>
          </Card>
        </GridItem>
        <GridItem xl={5} span={12}>
          <Checked
            followed={followed}
            onShowLine={(line) => {
              editor.current?.goToLine(line);
            }}
          />
        </GridItem>
      </Grid>
      <div className="postern-law-actions">
        {!isReadOnly && (
          <Button
            isLoading={isBusy}
            isDisabled={isBusy || !isDirty || hasErrors || isBehind}
            onClick={() => {
              void save();
            }}
          >
            Put in force as version {(version ?? 0) + 1}
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          {isReadOnly ? "Back" : "Cancel"}
        </Button>
      </div>
      <LeaveDialog blocker={blocker} />
    </>
  );
}

/** What the text would mean, asked anew when typing pauses. */
function useLawCheck(text: string): Followed<LawCheck> {
  const first = useRef(text);
  const follower = useRef<Follower<LawCheck>>(undefined);
  const [state, setState] = useState<Followed<LawCheck>>({
    text,
    answer: undefined,
    failure: undefined,
    isBehind: true,
  });
  useEffect(() => {
    const mine = followTyping<LawCheck>({
      text: first.current,
      quietMs: 400,
      ask: async (asked, signal) => send<LawCheck>("POST", "settings/laws/check", { text: asked }, { signal }),
      explain: (error) => (error instanceof Error ? error.message : String(error)),
      changed: setState,
    });
    follower.current = mine;
    return () => {
      mine.stop();
    };
  }, []);
  useEffect(() => {
    follower.current?.type(text);
  }, [text]);
  return state;
}

interface CheckedProps {
  readonly followed: Followed<LawCheck>;
  readonly onShowLine: (line: number) => void;
}

function Checked({ followed, onShowLine }: CheckedProps): JSX.Element {
  const { answer, failure, isBehind } = followed;
  return (
    <Card isFullHeight>
      <CardTitle component="h2" className="postern-card-title-row">
        <span>What it says</span>
        {isBehind && <Spinner size="sm" aria-label="Checking" />}
      </CardTitle>
      <CardBody>
        <div role="status" className="postern-judgement__words">
          {isBehind || answer === undefined
            ? ""
            : `${countOf(answer.value.findings.length, "finding")}, ${countOf(answer.value.breaches.length, "open proposal")} would break it`}
        </div>
        {failure !== undefined && (
          <Alert isInline variant="warning" component="h3" title="This text was not checked" className="postern-alert">
            {failure}
          </Alert>
        )}
        {answer !== undefined && answer.value.findings.length > 0 && (
          <List isPlain className="postern-sentences">
            {answer.value.findings.map(({ code, message, fix, line, severity }) => (
              <ListItem key={`${code} ${line ?? ""} ${message}`}>
                <Severity severity={severity} /> <InlineCode text={fix === "" ? message : `${message}: ${fix}`} />{" "}
                {line !== undefined && (
                  <Button
                    variant="link"
                    isInline
                    onClick={() => {
                      onShowLine(line);
                    }}
                  >
                    line {line}
                  </Button>
                )}
              </ListItem>
            ))}
          </List>
        )}
        {answer !== undefined && answer.value.breaches.length > 0 && (
          <>
            <h3 className="postern-subheading">Open proposals that would break it</h3>
            <List>
              {answer.value.breaches.map(({ proposal, clause }) => (
                <ListItem key={`${proposal} ${clause}`}>
                  <Link to={proposalPath(proposal)}>{proposal}</Link>: <code>{clause}</code>
                </ListItem>
              ))}
            </List>
          </>
        )}
      </CardBody>
    </Card>
  );
}
