import { Dropdown, DropdownItem, DropdownList, MenuToggle, type MenuToggleElement } from "@patternfly/react-core";
import { DesktopIcon } from "@patternfly/react-icons/dist/esm/icons/desktop-icon";
import { MoonIcon } from "@patternfly/react-icons/dist/esm/icons/moon-icon";
import { SunIcon } from "@patternfly/react-icons/dist/esm/icons/sun-icon";
import { type JSX, type Ref, useState } from "react";
import { chooseTheme, type ThemeChoice, themeChoices, useThemeChoice } from "./theme.ts";

const looks: Readonly<Record<ThemeChoice, { readonly title: string; readonly icon: JSX.Element }>> = {
  system: { title: "As the system", icon: <DesktopIcon /> },
  light: { title: "Light", icon: <SunIcon /> },
  dark: { title: "Dark", icon: <MoonIcon /> },
};

export function ThemeMenu(): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const chosen = useThemeChoice();
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={(_, value) => {
        chooseTheme(value as ThemeChoice);
        setOpen(false);
      }}
      popperProps={{ position: "right" }}
      toggle={(ref: Ref<MenuToggleElement>) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          aria-label={`Theme: ${looks[chosen].title}`}
          isExpanded={isOpen}
          icon={looks[chosen].icon}
          onClick={() => {
            setOpen(!isOpen);
          }}
        />
      )}
    >
      <DropdownList>
        {themeChoices.map((each) => (
          <DropdownItem key={each} value={each} icon={looks[each].icon} isSelected={each === chosen}>
            {looks[each].title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
