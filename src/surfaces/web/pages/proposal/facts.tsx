import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  type DescriptionListProps,
  DescriptionListTerm,
} from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";

export interface Fact {
  readonly term: string;
  readonly value: ReactNode;
}

interface FactsProps {
  readonly facts: readonly Fact[];
  readonly columns?: DescriptionListProps["columnModifier"];
}

/** Terms and what they are, as one finds them on a sheet. */
export function Facts({ facts, columns }: FactsProps): JSX.Element {
  return (
    <DescriptionList isCompact {...(columns === undefined ? {} : { columnModifier: columns })}>
      {facts.map(({ term, value }) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription>{value}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}
