import {
  Alert,
  Card,
  CardBody,
  CardTitle,
  Content,
  Grid,
  GridItem,
  Label,
  LabelGroup,
  List,
  ListItem,
} from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";
import { Link } from "react-router";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { Exposure, widestPower } from "../../parts/exposure.tsx";
import { countOf, formatCount, formatPower } from "../../parts/formats.ts";
import { namespacePath, proposalPath, trafficPath } from "../../parts/links.ts";
import { NumberLink } from "../../parts/number-link.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { Risk } from "../../parts/state-labels.tsx";
import { Moment, Time } from "../../parts/time.tsx";
import { type Fact, Facts } from "./facts.tsx";
import { InlineCode } from "./inline-code.tsx";
import { changeInWords } from "./words.ts";

/** What somebody decides by who reads nothing else. */
export function SummaryTab({ proposal }: { readonly proposal: ProposalDetail }): JSX.Element {
  const { dossier, laws } = proposal;
  const forbids = laws.filter(({ effect }) => effect === "forbids");
  return (
    <Grid hasGutter>
      <GridItem lg={8} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">What changes</CardTitle>
          <CardBody>
            <List isPlain className="postern-sentences">
              {changeInWords(proposal).map((sentence) => (
                <ListItem key={sentence}>
                  <InlineCode text={sentence} />
                </ListItem>
              ))}
            </List>
            {forbids.length > 0 && (
              <Alert
                isInline
                variant="danger"
                className="postern-alert"
                title={`The law forbids it: ${countOf(forbids.length, "clause")}`}
                component="h3"
              >
                <ul>
                  {forbids.map(({ law, clause, message, rule }) => (
                    <li key={`${law} ${clause} ${rule ?? ""}`}>
                      <strong>{clause}</strong> of {law}: <InlineCode text={message} />
                    </li>
                  ))}
                </ul>
              </Alert>
            )}
            {dossier.cautions.length > 0 && (
              <Alert isInline variant="warning" className="postern-alert" title="To keep in mind" component="h3">
                <ul>
                  {dossier.cautions.map((caution) => (
                    <li key={caution}>
                      <InlineCode text={caution} />
                    </li>
                  ))}
                </ul>
              </Alert>
            )}
            <Content component="h3" className="postern-subheading">
              Why
            </Content>
            <p className="postern-prose">
              {proposal.justification === "" ? "No reason was written." : proposal.justification}
            </p>
          </CardBody>
        </Card>
      </GridItem>
      <GridItem lg={4} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">
            Risk <Risk level={dossier.risk.level} />
          </CardTitle>
          <CardBody>
            <List>
              {dossier.risk.reasons.map((reason) => (
                <ListItem key={reason}>
                  <InlineCode text={reason} />
                </ListItem>
              ))}
            </List>
          </CardBody>
        </Card>
      </GridItem>
      <GridItem span={12}>
        <Figures proposal={proposal} />
      </GridItem>
      <GridItem span={12}>
        <Particulars proposal={proposal} />
      </GridItem>
    </Grid>
  );
}

function Figure({
  title,
  children,
  note,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly note: ReactNode;
}): JSX.Element {
  return (
    <Card isCompact isFullHeight component="section">
      <CardTitle component="h3">{title}</CardTitle>
      <CardBody>
        <div className="postern-figure">{children}</div>
        <p className="postern-figure-note">{note}</p>
      </CardBody>
    </Card>
  );
}

function Figures({ proposal }: { readonly proposal: ProposalDetail }): JSX.Element {
  const { dossier, cluster, namespace } = proposal;
  const { evidence, replay, exposureBefore, exposureAfter } = dossier;
  const before = widestPower(exposureBefore);
  const flowsOf = (verdict?: string): string =>
    trafficPath({
      cluster,
      namespace,
      verdict,
      fromMs: evidence.fromMs ?? undefined,
      toMs: evidence.toMs ?? undefined,
    });
  return (
    <div className="postern-figures">
      <Figure title="Readiness for a day" note="chance that nothing needed is blocked">
        <Readiness day={proposal.readinessDay} />
      </Figure>
      <Figure
        title="Exposure afterwards"
        note={`before: ${before === null ? "nothing" : formatPower(before)} pairs of address and port`}
      >
        <Exposure exposure={exposureAfter} />
      </Figure>
      <Figure title="Newly denied" note={`of ${countOf(evidence.connections, "recorded connection")}`}>
        <NumberLink value={replay.newlyDenied} to="?tab=replay" of="connections newly denied" />
      </Figure>
      <Figure
        title="Newly allowed"
        note={
          replay.unknown === 0 ? "every connection was judged" : `${formatCount(replay.unknown)} could not be judged`
        }
      >
        <NumberLink value={replay.newlyAllowed} to="?tab=replay" of="connections newly allowed" />
      </Figure>
      <Figure
        title="Evidence"
        note={`${countOf(evidence.destinations, "destination")}, ${countOf(evidence.workloads, "workload")}${evidence.samplingMax > 1 ? `, sampled 1 in ${formatCount(evidence.samplingMax)}` : ""}`}
      >
        <Link to={flowsOf()}>{countOf(evidence.flows, "flow")}</Link>
      </Figure>
    </div>
  );
}

function Particulars({ proposal }: { readonly proposal: ProposalDetail }): JSX.Element {
  return (
    <Card>
      <CardTitle component="h2">Particulars</CardTitle>
      <CardBody>
        <Facts facts={factsOf(proposal)} columns={{ default: "1Col", md: "2Col", "2xl": "3Col" }} />
      </CardBody>
    </Card>
  );
}

function factsOf(proposal: ProposalDetail): readonly Fact[] {
  const { cluster, namespace, kind, policyName, dossier, reviewers, labels, ticket, expiresAtMs } = proposal;
  const { supersedes, supersededBy, reverts } = proposal;
  const { fromMs, toMs, digest } = dossier.evidence;
  const tie = (term: string, id: string | null, words: string): readonly Fact[] =>
    id === null ? [] : [{ term, value: <Link to={proposalPath(id)}>{words}</Link> }];
  const made = (
    <>
      <Time ms={proposal.createdAtMs} /> by {proposal.author.name}
    </>
  );
  const recorded =
    fromMs === null || toMs === null ? (
      "at no known time"
    ) : (
      <>
        <Moment ms={fromMs} /> to <Moment ms={toMs} />
      </>
    );
  return [
    { term: "Namespace", value: <Link to={namespacePath(proposal)}>{`${cluster} / ${namespace}`}</Link> },
    { term: "Policy", value: `${kind} ${policyName}` },
    { term: "Made", value: made },
    { term: "Last change", value: <Time ms={proposal.updatedAtMs} /> },
    { term: "Reviewers", value: reviewers.length === 0 ? "nobody in particular" : reviewers.join(", ") },
    { term: "Ticket", value: ticket === "" ? "none" : ticket },
    { term: "Expires", value: expiresAtMs === null ? "never: a lasting change" : <Moment ms={expiresAtMs} /> },
    { term: "Recorded", value: recorded },
    { term: "Evidence digest", value: <code className="postern-digest">{digest}</code> },
    { term: "Verdict digest", value: <code className="postern-digest">{proposal.dossierDigest}</code> },
    ...tie("Supersedes", supersedes, "an older proposal"),
    ...tie("Superseded by", supersededBy, "a newer proposal"),
    ...tie("Takes back", reverts, "the merged proposal"),
    ...(labels.length === 0 ? [] : [{ term: "Labels", value: <Labels labels={labels} /> }]),
  ];
}

function Labels({ labels }: { readonly labels: readonly string[] }): JSX.Element {
  return (
    <LabelGroup aria-label="Labels">
      {labels.map((label) => (
        <Label key={label} isCompact>
          {label}
        </Label>
      ))}
    </LabelGroup>
  );
}
