import { ProgressStep, ProgressStepper } from "@patternfly/react-core";
import type { JSX } from "react";
import { Link } from "react-router";
import type { Overview } from "../../../../app/wire/overview.ts";

/** What to do on a server that has seen nothing yet. */
export function FirstSteps({ sources }: { readonly sources: Overview["sources"] }): JSX.Element {
  const has = sources.running > 0;
  return (
    <div className="postern-first-steps">
      <h2>Nothing has been recorded yet</h2>
      <p>Postern learns from flows. Three steps lead to the first proposal:</p>
      <ProgressStepper isVertical aria-label="First steps">
        <ProgressStep
          id="step-source"
          titleId="step-source-title"
          variant={has ? "success" : "info"}
          isCurrent={!has}
          aria-label={has ? "done" : "now"}
          description="An observer in or near the cluster ships what the cluster already tells; the page of sources has the commands."
        >
          Connect a source
        </ProgressStep>
        <ProgressStep
          id="step-wait"
          titleId="step-wait-title"
          variant={has ? "info" : "pending"}
          isCurrent={has}
          aria-label={has ? "now" : "later"}
          description="Namespaces appear with their first flow; readiness says when enough was seen."
        >
          Let it watch
        </ProgressStep>
        <ProgressStep
          id="step-review"
          titleId="step-review-title"
          variant="pending"
          aria-label="later"
          description="Each proposal shows its evidence and what it would deny; approve it, and it becomes a pull request."
        >
          Review the first proposal
        </ProgressStep>
      </ProgressStepper>
      <p>
        <Link to="/sources">{sources.troubled > 0 ? "See what is wrong with the sources" : "See the sources"}</Link>
      </p>
    </div>
  );
}
