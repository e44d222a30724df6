import { useEffect } from "react";
import { type Blocker, useBlocker } from "react-router";

/**
 * Keeps what was typed from getting lost: asks within the application, and lets the browser ask when the page is closed.
 *
 * @param isKept the text is found again after signing in, so nobody is asked on the way there
 */
export function useLeaveGuard(isDirty: boolean, isKept = false): Blocker {
  useEffect(() => {
    if (!isDirty) return undefined;
    const warn = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
    };
    globalThis.addEventListener("beforeunload", warn);
    return () => {
      globalThis.removeEventListener("beforeunload", warn);
    };
  }, [isDirty]);
  return useBlocker(
    ({ currentLocation, nextLocation }) =>
      isDirty &&
      currentLocation.pathname !== nextLocation.pathname &&
      !(isKept && nextLocation.pathname === "/sign-in"),
  );
}
