import {
  Button,
  Label,
  LabelGroup,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { type JSX, type ReactNode, useEffect, useState } from "react";
import { ChoiceFilter } from "./choice-filter.tsx";
import { chipsOf, type ListFilter } from "./list-filter.ts";
import { TextFilter } from "./text-filter.tsx";
import type { UrlState } from "./use-url-state.ts";

interface ListToolbarProps {
  readonly state: UrlState;
  readonly filters: readonly ListFilter[];
  /** What `q` looks through: `namespaces`. Left out: the list cannot be searched. */
  readonly search?: string;
  readonly actions?: ReactNode;
  /** At the end of the first line. */
  readonly pager?: ReactNode;
}

/** Search, filters and what is filtered by, all kept in the URL. */
export function ListToolbar({ state, filters, search, actions, pager }: ListToolbarProps): JSX.Element {
  const chips = chipsOf(filters, state.all);
  return (
    <>
      <Toolbar inset={{ default: "insetNone" }} className="postern-list-toolbar">
        <ToolbarContent>
          {search !== undefined && (
            <ToolbarItem className="postern-list-toolbar__search">
              <Search state={state} label={search} />
            </ToolbarItem>
          )}
          <ToolbarGroup variant="filter-group" className="postern-list-toolbar__filters">
            {filters.map((filter) => (
              <ToolbarItem key={filter.parameter}>
                {filter.kind === "choice" ? (
                  <ChoiceFilter filter={filter} state={state} />
                ) : (
                  <TextFilter filter={filter} state={state} />
                )}
              </ToolbarItem>
            ))}
          </ToolbarGroup>
          {actions !== undefined && <ToolbarItem>{actions}</ToolbarItem>}
          {pager !== undefined && (
            <ToolbarItem variant="pagination" align={{ default: "alignEnd" }}>
              {pager}
            </ToolbarItem>
          )}
        </ToolbarContent>
      </Toolbar>
      {chips.length > 0 && (
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
      )}
    </>
  );
}

const pauseMs = 250;

/** Asks the server when typing pauses. */
function Search({ state, label }: { readonly state: UrlState; readonly label: string }): JSX.Element {
  const asked = state.one("q") ?? "";
  const [text, setText] = useState(asked);
  const [shown, setShown] = useState(asked);
  if (shown !== asked) {
    // Changed from elsewhere: the back button, "clear all filters".
    setShown(asked);
    setText(asked);
  }
  useEffect(() => {
    if (text === asked) return undefined;
    const timer = setTimeout(() => {
      state.change({ q: text });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
    };
  }, [text, asked, state]);
  return (
    <SearchInput
      type="search"
      data-search
      aria-label={`Search ${label}`}
      placeholder={`Search ${label}`}
      value={text}
      onChange={(_, value) => {
        setText(value);
      }}
      onClear={() => {
        setText("");
        state.change({ q: undefined });
      }}
    />
  );
}
