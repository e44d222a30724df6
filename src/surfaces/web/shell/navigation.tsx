import { Nav, NavItem, NavList, PageSidebar, PageSidebarBody } from "@patternfly/react-core";
import type { JSX } from "react";
import { NavLink, useLocation } from "react-router";

/** In the order of the navigation; `key` follows `g` on the keyboard. */
export const pagesOfNavigation = [
  { path: "/", title: "Overview", key: "o" },
  { path: "/namespaces", title: "Namespaces", key: "n" },
  { path: "/proposals", title: "Proposals", key: "p" },
  { path: "/traffic", title: "Traffic", key: "t" },
  { path: "/rules", title: "Rules", key: "r" },
  { path: "/audit", title: "Audit", key: "a" },
  { path: "/sources", title: "Sources", key: "s" },
  { path: "/settings", title: "Settings", key: "e" },
] as const;

export function Navigation({ isOpen }: { readonly isOpen: boolean }): JSX.Element {
  const { pathname } = useLocation();
  return (
    <PageSidebar isSidebarOpen={isOpen} id="navigation">
      <PageSidebarBody>
        <Nav aria-label="Main">
          <NavList>
            {pagesOfNavigation.map(({ path, title }) => {
              const isActive = path === "/" ? pathname === "/" : `${pathname}/`.startsWith(`${path}/`);
              return (
                <NavItem key={path} itemId={path} isActive={isActive}>
                  <NavLink to={path} tabIndex={isOpen ? undefined : -1}>
                    {title}
                  </NavLink>
                </NavItem>
              );
            })}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
