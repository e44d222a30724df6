import { TextInput } from "@patternfly/react-core";
import { type JSX, useState } from "react";
import type { ListFilter } from "./list-filter.ts";
import type { UrlState } from "./use-url-state.ts";

interface TextFilterProps {
  readonly filter: Extract<ListFilter, { kind: "text" }>;
  readonly state: UrlState;
}

/** Adds a value with Enter; several can be added one after the other. */
export function TextFilter({ filter, state }: TextFilterProps): JSX.Element {
  const [text, setText] = useState("");
  const { parameter, title, placeholder } = filter;
  return (
    <form
      className="postern-text-filter"
      onSubmit={(event) => {
        event.preventDefault();
        const value = text.trim();
        if (value !== "" && !state.all(parameter).includes(value)) {
          state.change({ [parameter]: [...state.all(parameter), value] });
        }
        setText("");
      }}
    >
      <TextInput
        aria-label={`${title}, press Enter to filter`}
        placeholder={placeholder}
        value={text}
        onChange={(_, value) => {
          setText(value);
        }}
      />
    </form>
  );
}
