import { Badge, MenuToggle, type MenuToggleElement, Select, SelectList, SelectOption } from "@patternfly/react-core";
import { type JSX, type Ref, useState } from "react";
import type { ListFilter } from "./list-filter.ts";
import type { UrlState } from "./use-url-state.ts";

interface ChoiceFilterProps {
  readonly filter: Extract<ListFilter, { kind: "choice" }>;
  readonly state: UrlState;
}

export function ChoiceFilter({ filter, state }: ChoiceFilterProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const { parameter, title, options, isSingle = false } = filter;
  const chosen = state.all(parameter);
  return (
    <Select
      role="menu"
      isOpen={isOpen}
      onOpenChange={setOpen}
      selected={chosen}
      onSelect={(_, value) => {
        const picked = String(value);
        const without = chosen.filter((each) => each !== picked);
        if (isSingle) setOpen(false);
        state.change({
          [parameter]: without.length < chosen.length ? without : isSingle ? [picked] : [...chosen, picked],
        });
      }}
      isScrollable
      toggle={(ref: Ref<MenuToggleElement>) => (
        <MenuToggle
          ref={ref}
          isExpanded={isOpen}
          onClick={() => {
            setOpen(!isOpen);
          }}
          {...(chosen.length > 0 ? { badge: <Badge isRead>{chosen.length}</Badge> } : {})}
        >
          {title}
        </MenuToggle>
      )}
    >
      <SelectList>
        {options.map(({ value, label }) => (
          <SelectOption key={value} value={value} hasCheckbox={!isSingle} isSelected={chosen.includes(value)}>
            {label}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
