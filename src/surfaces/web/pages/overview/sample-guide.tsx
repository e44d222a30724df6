import { Alert, AlertActionCloseButton } from "@patternfly/react-core";
import { type JSX, useState } from "react";
import { Link } from "react-router";
import type { Page } from "../../../../app/wire/list.ts";
import type { NamespaceSummary } from "../../../../app/wire/namespaces.ts";
import type { Overview } from "../../../../app/wire/overview.ts";
import { useAnswer } from "../../api/queries.ts";
import { countOf } from "../../parts/formats.ts";
import { namespacePath, withQuery } from "../../parts/links.ts";

const storageKey = "postern.sample-guide-closed";

function wasClosed(): boolean {
  try {
    return localStorage.getItem(storageKey) === "yes";
  } catch {
    return false;
  }
}

/** On the sample cluster: what to look at first, of the namespace whose policy has most that is wrong with it. */
export function SampleGuide({ overview }: { readonly overview: Overview }): JSX.Element | null {
  const [isClosed, setClosed] = useState(wasClosed);
  const { data } = useAnswer<Page<NamespaceSummary>>(
    "namespaces",
    { sort: "-findings", limit: 1 },
    { enabled: !isClosed },
  );
  const first = data?.items[0];
  if (isClosed || first === undefined) return null;
  const waiting = overview.decisions.pendingReview > 0;
  return (
    <Alert
      isInline
      variant="info"
      component="h2"
      className="postern-overview__guide"
      title="This is a sample cluster: a recorded week of a shop that goes on while you look"
      actionClose={
        <AlertActionCloseButton
          aria-label="Close the guide"
          onClose={() => {
            setClosed(true);
            try {
              localStorage.setItem(storageKey, "yes");
            } catch {
              // Closed for this visit only.
            }
          }}
        />
      }
    >
      <ol className="postern-guide">
        <li>
          Look at <Link to={namespacePath(first)}>{first.namespace}</Link>: who it talks to, and{" "}
          <Link to={namespacePath(first, "policy")}>what its policy leaves open</Link>
          {first.findings > 0 && <> ({countOf(first.findings, "finding")})</>}.
        </li>
        <li>
          <Link to={withQuery("/proposals/new", { cluster: first.cluster, namespace: first.namespace })}>
            Propose a policy for it
          </Link>{" "}
          that allows what was recorded and nothing else.
        </li>
        <li>
          {waiting ? (
            <Link to={withQuery("/proposals", { state: "pending-review" })}>Review the proposal</Link>
          ) : (
            <>Review the proposal</>
          )}
          : its evidence, what it would deny, its risk. Approved, it is merged into the Git repository of the sample and
          put in force; nothing outside this computer is touched.
        </li>
      </ol>
    </Alert>
  );
}
