import { SearchInput, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from "@patternfly/react-core";
import { type JSX, type ReactNode, useEffect, useState } from "react";
import { ChoiceFilter } from "./choice-filter.tsx";
import { FilterChips } from "./filter-chips.tsx";
import type { ListFilter } from "./list-filter.ts";
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
      <FilterChips state={state} filters={filters} />
    </>
  );
}

const pauseMs = 250;

/** Asks the server when typing pauses. */
export function Search({ state, label }: { readonly state: UrlState; readonly label: string }): JSX.Element {
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
