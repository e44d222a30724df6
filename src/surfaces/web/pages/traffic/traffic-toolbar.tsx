import {
  Form,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  InputGroup,
  InputGroupItem,
  TextInput,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { type JSX, useId, useState } from "react";
import { ChoiceFilter } from "../../parts/choice-filter.tsx";
import { FilterChips } from "../../parts/filter-chips.tsx";
import { Search } from "../../parts/list-toolbar.tsx";
import type { UrlState } from "../../parts/use-url-state.ts";
import { type Dimension, dimensions, filters, isDimension, whyNot } from "./dimensions.ts";

export function TrafficToolbar({ state }: { readonly state: UrlState }): JSX.Element {
  const verdict = filters.find((filter) => filter.kind === "choice" && filter.parameter === "verdict");
  return (
    <>
      <Toolbar inset={{ default: "insetNone" }} className="postern-list-toolbar">
        <ToolbarContent>
          <ToolbarItem className="postern-list-toolbar__search">
            <Search state={state} label="traffic" />
          </ToolbarItem>
          <ToolbarItem>
            <AddFilter state={state} />
          </ToolbarItem>
          <ToolbarGroup variant="filter-group">
            {verdict?.kind === "choice" && (
              <ToolbarItem>
                <ChoiceFilter filter={verdict} state={state} />
              </ToolbarItem>
            )}
            <ToolbarItem>
              <ChoiceFilter
                filter={{ kind: "choice", parameter: "by", title: "Group by", options: dimensions }}
                state={state}
              />
            </ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
      <FilterChips state={state} filters={filters} />
    </>
  );
}

const typed = dimensions.filter(({ value }) => value !== "verdict");

/** A dimension and a value of it. */
function AddFilter({ state }: { readonly state: UrlState }): JSX.Element {
  const [dimension, setDimension] = useState<Dimension>("namespace");
  const [text, setText] = useState("");
  const [why, setWhy] = useState<string>();
  const helpId = useId();
  const example = dimensions.find(({ value }) => value === dimension)?.example ?? "";
  return (
    <Form
      className="postern-add-filter"
      onSubmit={(event) => {
        event.preventDefault();
        const value = text.trim();
        if (value === "") return;
        const objection = whyNot(dimension, value);
        setWhy(objection);
        if (objection !== undefined) return;
        if (!state.all(dimension).includes(value)) state.change({ [dimension]: [...state.all(dimension), value] });
        setText("");
      }}
    >
      <InputGroup>
        <InputGroupItem>
          <FormSelect
            aria-label="Filter by"
            value={dimension}
            onChange={(_, value) => {
              if (isDimension(value)) setDimension(value);
              setWhy(undefined);
            }}
          >
            {typed.map(({ value, label }) => (
              <FormSelectOption key={value} value={value} label={label} />
            ))}
          </FormSelect>
        </InputGroupItem>
        <InputGroupItem isFill>
          <TextInput
            aria-label="Value, press Enter to filter"
            aria-describedby={helpId}
            placeholder={example}
            value={text}
            validated={why === undefined ? "default" : "error"}
            onChange={(_, value) => {
              setText(value);
              setWhy(undefined);
            }}
          />
        </InputGroupItem>
      </InputGroup>
      <div id={helpId} role="status">
        {why !== undefined && (
          <HelperText>
            <HelperTextItem variant="error">{why}</HelperTextItem>
          </HelperText>
        )}
      </div>
    </Form>
  );
}
