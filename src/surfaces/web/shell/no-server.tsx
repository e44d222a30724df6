import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Page } from "@patternfly/react-core";
import { PluggedIcon } from "@patternfly/react-icons/dist/esm/icons/plugged-icon";
import type { JSX } from "react";
import type { ProblemError } from "../api/client.ts";
import { queryClient } from "../api/queries.ts";

export function NoServer({ error }: { readonly error: ProblemError }): JSX.Element {
  return (
    <Page>
      <title>No answer · Postern</title>
      <EmptyState icon={PluggedIcon} status="danger" titleText="The server cannot be used now" headingLevel="h1">
        <EmptyStateBody>{error.message}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button
              onClick={() => {
                void queryClient.resetQueries();
              }}
            >
              Try again
            </Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </Page>
  );
}
