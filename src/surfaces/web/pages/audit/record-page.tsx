import {
  Alert,
  Card,
  CardBody,
  CardTitle,
  CodeBlock,
  CodeBlockCode,
  Flex,
  FlexItem,
  Grid,
  GridItem,
  PageSection,
} from "@patternfly/react-core";
import { type JSX, useEffect, useState } from "react";
import { Link, useParams } from "react-router";
import type { InclusionProofView } from "../../../../app/wire/audit.ts";
import { useAnswer } from "../../api/queries.ts";
import { countOf, formatWhole } from "../../parts/formats.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { ProblemState, Waiting } from "../../parts/page-states.tsx";
import { Moment } from "../../parts/time.tsx";
import { type Fact, Facts } from "../proposal/facts.tsx";
import { type InclusionVerdict, verifyInclusion } from "./inclusion.ts";
import { SubjectLink } from "./subject-link.tsx";
import "../proposal/proposal.css";

/** One record, and whether it stands where the log says; found out here, not by the server. */
export function Component(): JSX.Element {
  const { sequence = "" } = useParams();
  const { data, error, refetch } = useAnswer<InclusionProofView>(`audit/${encodeURIComponent(sequence)}/proof`);
  return (
    <>
      <PageHeader title={`Record ${sequence}`} above={[{ title: "Audit", path: "/audit" }]} />
      <PageSection hasBodyWrapper={false} isFilled>
        {data !== undefined && <RecordView proof={data} />}
        {data === undefined && error === null && <Waiting lines={8} label="Loading the record" />}
        {data === undefined && error !== null && (
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

function useVerdict(proof: InclusionProofView): InclusionVerdict | undefined {
  const [verdict, setVerdict] = useState<InclusionVerdict>();
  useEffect(() => {
    let isCurrent = true;
    setVerdict(undefined);
    const digests = globalThis.isSecureContext ? globalThis.crypto.subtle : undefined;
    const verify = async (): Promise<void> => {
      const next = await verifyInclusion(proof, digests);
      if (isCurrent) setVerdict(next);
    };
    void verify();
    return () => {
      isCurrent = false;
    };
  }, [proof]);
  return verdict;
}

function RecordView({ proof }: { readonly proof: InclusionProofView }): JSX.Element {
  const { record, checkpoint, hashes } = proof;
  const verdict = useVerdict(proof);
  const facts: readonly Fact[] = [
    { term: "When", value: <Moment ms={record.atMs} /> },
    { term: "What", value: <code>{record.kind}</code> },
    { term: "About", value: <SubjectLink subject={record.subject} /> },
    { term: "By", value: `${record.actor.name} (${record.actor.subject})` },
    { term: "Leaf hash", value: <code className="postern-digest">{record.leafHash}</code> },
    { term: "Chain hash", value: <code className="postern-digest">{record.chainHash}</code> },
  ];
  return (
    <Grid hasGutter>
      <GridItem span={12}>
        <VerdictAlert verdict={verdict} proof={proof} />
      </GridItem>
      <GridItem lg={6} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">Record</CardTitle>
          <CardBody>
            <Facts facts={facts} />
          </CardBody>
        </Card>
      </GridItem>
      <GridItem lg={6} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">What was recorded</CardTitle>
          <CardBody>
            <Code label="Payload" text={JSON.stringify(record.payload, undefined, 2)} />
          </CardBody>
        </Card>
      </GridItem>
      <GridItem lg={6} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">Path in the tree</CardTitle>
          <CardBody>
            <p className="postern-dialog-text">
              From the record&apos;s leaf, these {countOf(hashes.length, "hash", "hashes")} lead to the root of{" "}
              {formatWhole(proof.size)} records.
            </p>
            <ol className="postern-path">
              {hashes.map((hash) => (
                <li key={hash}>
                  <code className="postern-digest">{hash}</code>
                </li>
              ))}
            </ol>
          </CardBody>
        </Card>
      </GridItem>
      <GridItem lg={6} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">Signed checkpoint</CardTitle>
          <CardBody>
            <Code label="Checkpoint" text={checkpoint.note} />
            <p className="postern-subtle">
              Keep it elsewhere: <code>postern audit verify</code> checks an export against it, signature and all,
              without this server.
            </p>
          </CardBody>
        </Card>
      </GridItem>
      <GridItem span={12}>
        <Neighbours sequence={record.sequence} size={proof.size} />
      </GridItem>
    </Grid>
  );
}

/** Long lines scroll inside, by keyboard as well. */
function Code({ label, text }: { readonly label: string; readonly text: string }): JSX.Element {
  return (
    <CodeBlock className="postern-code">
      <CodeBlockCode tabIndex={0} role="group" aria-label={label}>
        {text}
      </CodeBlockCode>
    </CodeBlock>
  );
}

interface VerdictAlertProps {
  readonly verdict: InclusionVerdict | undefined;
  readonly proof: InclusionProofView;
}

function VerdictAlert({ verdict, proof }: VerdictAlertProps): JSX.Element {
  if (verdict === undefined) return <Alert isInline variant="info" component="h2" title="Verifying in this browser…" />;
  switch (verdict.kind) {
    case "verified":
      return (
        <Alert isInline variant="success" component="h2" title="Verified in this browser" role="status">
          This browser hashed the record as it is shown and climbed {countOf(proof.hashes.length, "step")} to the root
          of the checkpoint: <code className="postern-digest">{verdict.rootHash}</code>
        </Alert>
      );
    case "refuted":
      return (
        <Alert isInline variant="danger" component="h2" title="Not verified: something was touched" role="alert">
          {verdict.because}. Export the log, and check it with <code>postern audit verify</code> against a checkpoint
          that was kept elsewhere.
        </Alert>
      );
    case "impossible":
      return (
        <Alert isInline variant="warning" component="h2" title="Not verified here">
          {verdict.because}. <code>postern audit verify</code> checks an export on any machine.
        </Alert>
      );
    default:
      return verdict satisfies never;
  }
}

function Neighbours({ sequence, size }: { readonly sequence: number; readonly size: number }): JSX.Element {
  return (
    <Flex component="nav" aria-label="Records beside this one" gap={{ default: "gapMd" }}>
      {sequence > 0 && (
        <FlexItem>
          <Link to={`/audit/${sequence - 1}`}>Record {sequence - 1}, before</Link>
        </FlexItem>
      )}
      {sequence + 1 < size && (
        <FlexItem>
          <Link to={`/audit/${sequence + 1}`}>Record {sequence + 1}, after</Link>
        </FlexItem>
      )}
    </Flex>
  );
}
