import {
  Button,
  Label,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  PageToggleButton,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { KeyboardIcon } from "@patternfly/react-icons/dist/esm/icons/keyboard-icon";
import type { JSX } from "react";
import { Link } from "react-router";
import type { SessionView } from "../../../app/wire/session.ts";
import { NamespaceSwitcher } from "./namespace-switcher.tsx";
import { PersonMenu } from "./person-menu.tsx";
import { ThemeMenu } from "./theme-menu.tsx";

interface AppMastheadProps {
  readonly session: SessionView;
  readonly isNavigationOpen: boolean;
  readonly onToggleNavigation: () => void;
}

export function AppMasthead({ session, isNavigationOpen, onToggleNavigation }: AppMastheadProps): JSX.Element {
  return (
    <Masthead display={{ default: "inline" }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton
            isHamburgerButton
            aria-label="Navigation"
            isSidebarOpen={isNavigationOpen}
            onSidebarToggle={onToggleNavigation}
            id="navigation-toggle"
          />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props: object) => <Link {...props} to="/" aria-label="Postern, overview" />}>
            <span className="postern-brand">
              <img src="/postern.svg" alt="" width="28" height="28" />
              <span className="postern-brand__name">Postern</span>
            </span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isFullHeight isStatic>
          <ToolbarContent alignItems="center">
            <ToolbarItem className="postern-masthead__switcher">
              <NamespaceSwitcher />
            </ToolbarItem>
            {session.isSample && (
              <ToolbarItem className="postern-masthead__sample">
                <Label color="purple" variant="outline">
                  Sample cluster
                </Label>
              </ToolbarItem>
            )}
            <ToolbarGroup align={{ default: "alignEnd" }} variant="action-group-plain" gap={{ default: "gapNone" }}>
              <ToolbarItem className="postern-masthead__keyboard">
                <Button
                  variant="plain"
                  aria-label="Keyboard shortcuts"
                  icon={<KeyboardIcon />}
                  onClick={() => document.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }))}
                />
              </ToolbarItem>
              <ToolbarItem>
                <ThemeMenu />
              </ToolbarItem>
              <ToolbarItem>
                <PersonMenu session={session} />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}
