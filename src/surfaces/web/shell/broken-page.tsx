import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  PageSection,
} from "@patternfly/react-core";
import type { JSX } from "react";
import { useRouteError } from "react-router";

/** A page that threw, or whose chunk is gone because the server was updated meanwhile: loading anew mends the second. */
export function BrokenPage(): JSX.Element {
  const error = useRouteError();
  return (
    <PageSection isFilled aria-label="Error">
      <title>Error · Postern</title>
      <EmptyState status="danger" titleText="This page broke" headingLevel="h1">
        <EmptyStateBody>
          Load it anew; the server may have been updated meanwhile. If it breaks again, tell whoever runs Postern:{" "}
          <code>{error instanceof Error ? error.message : String(error)}</code>
        </EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button
              onClick={() => {
                window.location.reload();
              }}
            >
              Load anew
            </Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
