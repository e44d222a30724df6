import {
  Button,
  Menu,
  MenuContent,
  MenuItem,
  MenuList,
  Popper,
  TextInputGroup,
  TextInputGroupMain,
  TextInputGroupUtilities,
} from "@patternfly/react-core";
import { SearchIcon } from "@patternfly/react-icons/dist/esm/icons/search-icon";
import { TimesIcon } from "@patternfly/react-icons/dist/esm/icons/times-icon";
import { type JSX, type KeyboardEvent, useDeferredValue, useId, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Page } from "../../../app/wire/list.ts";
import type { NamespaceSummary } from "../../../app/wire/namespaces.ts";
import { useAnswer } from "../api/queries.ts";
import { namespacePath } from "../parts/links.ts";

/** Goes to a namespace by a part of its name; what is found is asked of the server. */
export function NamespaceSwitcher(): JSX.Element {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const asked = useDeferredValue(text.trim());
  const list = useId();
  const place = useRef<HTMLDivElement>(null);
  const found =
    useAnswer<Page<NamespaceSummary>>("namespaces", { q: asked, limit: 8 }, { enabled: isOpen }).data?.items ?? [];

  const go = (chosen: NamespaceSummary | undefined): void => {
    if (chosen === undefined) return;
    setOpen(false);
    setText("");
    void navigate(namespacePath(chosen));
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      setActive((active + (event.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      go(found[active]);
    } else if (event.key === "Escape") {
      setOpen(false);
    }
  };

  return (
    <div ref={place} className="postern-switcher">
      <Popper
        isVisible={isOpen}
        appendTo={() => place.current ?? document.body}
        trigger={
          <TextInputGroup>
            <TextInputGroupMain
              icon={<SearchIcon />}
              value={text}
              placeholder="Go to namespace"
              aria-label="Go to namespace"
              // `isExpanded` becomes `aria-expanded` of the input.
              // oxlint-disable-next-line jsx-a11y/role-has-required-aria-props
              role="combobox"
              isExpanded={isOpen}
              aria-controls={list}
              {...(isOpen && found[active] !== undefined ? { "aria-activedescendant": `${list}-${active}` } : {})}
              onChange={(_, value) => {
                setText(value);
                setActive(0);
                setOpen(true);
              }}
              onFocus={() => {
                setOpen(true);
              }}
              onBlur={() => {
                // Later, so that a click on what was found still finds it.
                setTimeout(() => {
                  setOpen(false);
                }, 200);
              }}
              onKeyDown={onKey}
            />
            {text !== "" && (
              <TextInputGroupUtilities>
                <Button
                  variant="plain"
                  aria-label="Clear"
                  icon={<TimesIcon />}
                  onClick={() => {
                    setText("");
                  }}
                />
              </TextInputGroupUtilities>
            )}
          </TextInputGroup>
        }
        popper={
          <Menu role="listbox" aria-label="Namespaces" isPlain={false}>
            <MenuContent>
              <MenuList id={list} role="listbox" aria-label="Namespaces found">
                {found.length === 0 ? (
                  <MenuItem isDisabled>No namespace has this in its name</MenuItem>
                ) : (
                  found.map((each, index) => (
                    <MenuItem
                      key={`${each.cluster}/${each.namespace}`}
                      id={`${list}-${index}`}
                      role="option"
                      aria-selected={index === active}
                      isFocused={index === active}
                      description={each.cluster}
                      onClick={() => {
                        go(each);
                      }}
                    >
                      {each.namespace}
                    </MenuItem>
                  ))
                )}
              </MenuList>
            </MenuContent>
          </Menu>
        }
      />
    </div>
  );
}
