import { Alert, Card, CardBody, CardTitle, Label } from "@patternfly/react-core";
import type { JSX } from "react";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { type Fact, Facts } from "./facts.tsx";
import { InlineCode } from "./inline-code.tsx";

const looks = { open: "info", merged: "success", closed: "danger" } as const;
const words = { open: "Open", merged: "Merged", closed: "Closed" } as const;

/** Where the change is in Git. */
export function DeliveryTab({ proposal }: { readonly proposal: ProposalDetail }): JSX.Element {
  const { delivery } = proposal;
  if (delivery === null) {
    return (
      <Card>
        <CardBody>
          <Nothing title="Nothing was pushed yet" headingLevel="h2">
            With its last approval the change is pushed to a branch of the repository that this namespace belongs to,
            and a pull request is opened.
          </Nothing>
        </CardBody>
      </Card>
    );
  }
  const { repository, branch, path, commit, pullRequest, mergeCommit, isTakenOver, trouble } = delivery;
  const facts: readonly Fact[] = [
    {
      term: "Pull request",
      value: pullRequest === null ? "not opened yet" : <PullRequest pullRequest={pullRequest} />,
    },
    { term: "Repository", value: repository },
    { term: "Branch", value: <code>{branch}</code> },
    { term: "File", value: path === "" ? "not known yet" : <code>{path}</code> },
    { term: "Commit of the branch", value: <Digest text={commit} /> },
    ...(mergeCommit === null ? [] : [{ term: "Merge commit", value: <Digest text={mergeCommit} /> }]),
  ];
  return (
    <Card>
      <CardTitle component="h2">Pull request</CardTitle>
      <CardBody>
        {trouble !== null && (
          <Alert isInline variant="danger" component="h3" className="postern-alert" title="The last try failed">
            <p>
              <InlineCode text={trouble} />
            </p>
            <p>It is tried again by itself; when the cause is mended, Open pull request tries at once.</p>
          </Alert>
        )}
        {isTakenOver && (
          <Alert isInline variant="info" component="h3" className="postern-alert" title="A person took the branch over">
            Commits of a person stand on the branch. Nothing is pushed over them; go on in Git.
          </Alert>
        )}
        <Facts facts={facts} columns={{ default: "1Col", md: "2Col" }} />
      </CardBody>
    </Card>
  );
}

function Digest({ text }: { readonly text: string | null }): JSX.Element {
  return text === null ? <>none yet</> : <code className="postern-digest">{text}</code>;
}

type PullRequestView = NonNullable<NonNullable<ProposalDetail["delivery"]>["pullRequest"]>;

function PullRequest({ pullRequest }: { readonly pullRequest: PullRequestView }): JSX.Element {
  const { id, url, state } = pullRequest;
  return (
    <>
      <Label isCompact status={looks[state]}>
        {words[state]}
      </Label>{" "}
      {url !== null && /^https?:/.test(url) ? (
        <a href={url} target="_blank" rel="noreferrer">
          {id} (opens in a new window)
        </a>
      ) : (
        id
      )}
    </>
  );
}
