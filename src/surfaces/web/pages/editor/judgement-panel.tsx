import { Alert, Button, Card, CardBody, CardTitle, Spinner, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { type JSX, type ReactNode, useState } from "react";
import type { Dossier } from "../../../../app/wire/dossier.ts";
import type { PreviewAnswer } from "../../../../app/wire/proposals.ts";
import { Exposure } from "../../parts/exposure.tsx";
import { countOf, formatCount } from "../../parts/formats.ts";
import { Nothing, Waiting } from "../../parts/page-states.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { Risk, Severity } from "../../parts/state-labels.tsx";
import { DifferenceTable } from "../proposal/changes-tab.tsx";
import { DossierTable } from "../proposal/dossier-table.tsx";
import { InlineCode } from "../proposal/inline-code.tsx";
import { LawTab } from "../proposal/law-tab.tsx";
import { ReplayTable } from "../proposal/replay-tab.tsx";
import type { Followed } from "./follow-typing.ts";

interface JudgementPanelProps {
  readonly followed: Followed<PreviewAnswer>;
  readonly onRetry: () => void;
  readonly onShowLine: (line: number) => void;
}

/** In one sentence, for everybody, and for who only hears the page. */
export function judgementInWords({ findings, laws, dossier }: PreviewAnswer): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const forbids = laws.filter(({ effect }) => effect === "forbids").length;
  const parts = [
    errors > 0 ? countOf(errors, "error") : "",
    findings.length > errors ? countOf(findings.length - errors, "remark") : "",
    forbids > 0 ? `the law forbids it in ${countOf(forbids, "clause")}` : "",
    dossier === null
      ? "it is no policy yet"
      : `${countOf(dossier.replay.newlyDenied, "connection")} newly denied, ${formatCount(dossier.replay.newlyAllowed)} newly allowed`,
  ].filter((part) => part !== "");
  const words = parts.join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the text does, beside the text. The last answer stays while a newer one is on its way. */
export function JudgementPanel({ followed, onRetry, onShowLine }: JudgementPanelProps): JSX.Element {
  const { answer, failure, isBehind } = followed;
  return (
    <Card isFullHeight className={isBehind ? "postern-judgement postern-judgement--behind" : "postern-judgement"}>
      <CardTitle component="h2" className="postern-card-title-row">
        <span>What it does</span>
        {isBehind && (
          <span className="postern-subtle">
            <Spinner size="sm" aria-label="Judging" /> judging…
          </span>
        )}
      </CardTitle>
      <CardBody>
        <p role="status" className="postern-judgement__words">
          {isBehind ? "" : answer === undefined ? "" : judgementInWords(answer.value)}
        </p>
        {failure !== undefined && (
          <Alert
            isInline
            variant="warning"
            component="h3"
            title="This text was not judged"
            className="postern-alert"
            actionLinks={
              <Button variant="link" isInline onClick={onRetry}>
                Try again
              </Button>
            }
          >
            {failure}
          </Alert>
        )}
        {answer === undefined ? (
          failure === undefined && <Waiting lines={8} label="Judging the text" />
        ) : (
          <Judgement preview={answer.value} onShowLine={onShowLine} />
        )}
      </CardBody>
    </Card>
  );
}

interface JudgementProps {
  readonly preview: PreviewAnswer;
  readonly onShowLine: (line: number) => void;
}

function Judgement({ preview, onShowLine }: JudgementProps): JSX.Element {
  const { findings, laws, dossier } = preview;
  // At first what stands in the way.
  const isLawFirst = findings.length === 0 && laws.some(({ effect }) => effect === "forbids");
  const [tab, setTab] = useState<string | number>(isLawFirst ? "law" : "findings");
  const tabs: readonly (readonly [string, string, number, () => ReactNode])[] = [
    ["findings", "Lint", findings.length, () => <Findings preview={preview} onShowLine={onShowLine} />],
    [
      "law",
      "Law",
      laws.length,
      () => (dossier === null ? <NoPolicy /> : <LawTab proposal={{ laws, dossier }} onShowLine={onShowLine} />),
    ],
    [
      "differences",
      "Differences",
      dossier?.differences.length ?? 0,
      () => (dossier === null ? <NoPolicy /> : <DifferenceTable dossier={dossier} />),
    ],
    [
      "replay",
      "Replay",
      dossier === null ? 0 : dossier.replay.newlyDenied + dossier.replay.newlyAllowed + dossier.replay.unknown,
      () => (dossier === null ? <NoPolicy /> : <ReplayTable dossier={dossier} />),
    ],
  ];
  return (
    <>
      {dossier !== null && <Figures dossier={dossier} />}
      <Tabs
        activeKey={tab}
        onSelect={(_, key) => {
          setTab(key);
        }}
        isSubtab
        aria-label="Judgements of the text"
      >
        {tabs.map(([key, title, number]) => (
          <Tab
            key={key}
            eventKey={key}
            id={`judgement-tab-${key}`}
            tabContentId={`judgement-${key}`}
            title={<TabTitleText>{number > 0 ? `${title} ${formatCount(number)}` : title}</TabTitleText>}
          />
        ))}
      </Tabs>
      {tabs.map(([key, , , draw]) => (
        <section
          key={key}
          id={`judgement-${key}`}
          role="tabpanel"
          aria-labelledby={`judgement-tab-${key}`}
          hidden={key !== tab}
          className="postern-judgement__part"
        >
          {key === tab && draw()}
        </section>
      ))}
    </>
  );
}

function NoPolicy(): JSX.Element {
  return (
    <Nothing title="It is no policy yet" headingLevel="h3">
      Mend the errors that lint lists, then this follows.
    </Nothing>
  );
}

function Figures({ dossier }: { readonly dossier: Dossier }): JSX.Element {
  const { exposureBefore, exposureAfter, readiness, risk, replay } = dossier;
  return (
    <dl className="postern-judgement__figures">
      <div>
        <dt>Exposure</dt>
        <dd>
          <Exposure exposure={exposureBefore} /> → <Exposure exposure={exposureAfter} />
        </dd>
      </div>
      <div>
        <dt>Newly denied</dt>
        <dd>{formatCount(replay.newlyDenied)}</dd>
      </div>
      <div>
        <dt>Newly allowed</dt>
        <dd>{formatCount(replay.newlyAllowed)}</dd>
      </div>
      <div>
        <dt>Readiness</dt>
        <dd>
          <Readiness day={readiness?.day ?? null} />
        </dd>
      </div>
      <div>
        <dt>Risk</dt>
        <dd>
          <Risk level={risk.level} />
        </dd>
      </div>
    </dl>
  );
}

function Findings({ preview, onShowLine }: JudgementProps): JSX.Element {
  const { findings } = preview;
  if (findings.length === 0) {
    return (
      <Nothing title="Lint finds nothing" headingLevel="h3">
        The text reads well: no errors and no remarks.
      </Nothing>
    );
  }
  return (
    <DossierTable
      label="What lint finds"
      noun="finding"
      rows={findings}
      keyOf={({ code, line, column, message }) => `${code} ${line ?? ""} ${column ?? ""} ${message}`}
      textOf={({ code, message, fix }) => `${code} ${message} ${fix}`}
      columns={[
        { title: "Severity", cell: ({ severity }) => <Severity severity={severity} /> },
        {
          title: "Finding",
          cell: ({ code, message, fix }) => (
            <>
              <InlineCode text={message} />
              {fix !== "" && (
                <div>
                  <InlineCode text={fix} />
                </div>
              )}
              <code className="postern-subtle">{code}</code>
            </>
          ),
        },
        {
          title: "Where",
          cell: ({ line }) =>
            line === undefined ? (
              "the whole text"
            ) : (
              <Button
                variant="link"
                isInline
                onClick={() => {
                  onShowLine(line);
                }}
              >
                line {line}
              </Button>
            ),
        },
      ]}
    />
  );
}
