import { useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { announce } from "./announce.tsx";

/**
 * After going to another page the focus is on its heading, and its title is said: a reader of the page hears where they
 * are, and Tab goes on from there. Filters and sorting (the query) move nothing.
 */
export function useFocusAfterNavigation(): void {
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return undefined;
    before.current = pathname;
    let tries = 0;
    let frame = 0;
    const look = (): void => {
      const heading = document.querySelector<HTMLElement>("main h1");
      if (heading === null) {
        tries += 1;
        // The chunk of a page may still be on its way.
        if (tries < 300) frame = requestAnimationFrame(look);
        return;
      }
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      announce(document.title);
    };
    frame = requestAnimationFrame(look);
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [pathname]);
}
