import { EmptyState, EmptyStateBody, EmptyStateFooter, PageSection } from "@patternfly/react-core";
import { SearchIcon } from "@patternfly/react-icons/dist/esm/icons/search-icon";
import type { JSX } from "react";
import { Link } from "react-router";

export function NoSuchPage(): JSX.Element {
  return (
    <PageSection isFilled aria-label="Not found">
      <title>Not found · Postern</title>
      <EmptyState icon={SearchIcon} titleText="There is no such page" headingLevel="h1">
        <EmptyStateBody>The link may be old, or a letter of the address is missing.</EmptyStateBody>
        <EmptyStateFooter>
          <Link to="/">Go to the overview</Link>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
