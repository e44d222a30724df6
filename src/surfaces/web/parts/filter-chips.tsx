import { Button, Label, LabelGroup } from "@patternfly/react-core";
import type { JSX } from "react";
import { chipsOf, type ListFilter } from "./list-filter.ts";
import type { UrlState } from "./use-url-state.ts";

interface FilterChipsProps {
  readonly state: UrlState;
  readonly filters: readonly ListFilter[];
}

/** What is filtered by, to take away one by one or all at once. */
export function FilterChips({ state, filters }: FilterChipsProps): JSX.Element | null {
  const chips = chipsOf(filters, state.all);
  if (chips.length === 0) return null;
  return (
    <div className="postern-chips">
      {[...new Set(chips.map(({ title }) => title))].map((title) => (
        <LabelGroup key={title} categoryName={title} numLabels={6}>
          {chips
            .filter((chip) => chip.title === title)
            .map(({ parameter, value, label }) => (
              <Label
                key={value}
                variant="outline"
                closeBtnAriaLabel={`Remove filter ${title}: ${label}`}
                onClose={() => {
                  state.change({ [parameter]: state.all(parameter).filter((each) => each !== value) });
                }}
              >
                {label}
              </Label>
            ))}
        </LabelGroup>
      ))}
      <Button
        variant="link"
        isInline
        onClick={() => {
          state.change(Object.fromEntries(filters.map(({ parameter }) => [parameter, undefined])));
        }}
      >
        Clear all filters
      </Button>
    </div>
  );
}
