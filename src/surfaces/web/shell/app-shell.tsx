import { Page, SkipToContent } from "@patternfly/react-core";
import { type JSX, Suspense, useEffect, useState } from "react";
import { Navigate, Outlet, ScrollRestoration, useLocation, useNavigate } from "react-router";
import { useLiveEvents } from "../api/live.ts";
import { signedOut } from "../api/queries.ts";
import { useSessionState } from "../api/session.ts";
import { LiveRegion } from "./announce.tsx";
import { AppMasthead } from "./app-masthead.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { FirstLoad } from "./first-load.tsx";
import { useFocusAfterNavigation } from "./focus-after-navigation.ts";
import { Navigation } from "./navigation.tsx";
import { NoServer } from "./no-server.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { Toasts } from "./toasts.tsx";

/** PatternFly's breakpoint below which the navigation lies over the page. */
const wideEnough = 1200;

export function AppShell(): JSX.Element {
  const { session, error } = useSessionState();
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const [isNavigationOpen, setNavigationOpen] = useState(() => window.innerWidth >= wideEnough);
  const [shownPath, setShownPath] = useState(pathname);
  if (shownPath !== pathname) {
    setShownPath(pathname);
    // Where it lies over the page, it goes away once it has been used.
    if (window.innerWidth < wideEnough) setNavigationOpen(false);
  }
  useLiveEvents(session !== undefined);
  useFocusAfterNavigation();

  useEffect(() => {
    const leave = (): void => {
      void navigate(signInPath(pathname, search));
    };
    signedOut.addEventListener("signed-out", leave);
    return () => {
      signedOut.removeEventListener("signed-out", leave);
    };
  }, [navigate, pathname, search]);

  if (error?.problem.status === 401) return <Navigate to={signInPath(pathname, search)} replace />;
  if (error !== undefined) return <NoServer error={error} />;
  if (session === undefined) return <FirstLoad />;
  return (
    <Shortcuts>
      <Page
        mainContainerId="main"
        mainTabIndex={-1}
        isContentFilled
        skipToContent={<SkipToContent href="#main">Skip to content</SkipToContent>}
        masthead={
          <AppMasthead
            session={session}
            isNavigationOpen={isNavigationOpen}
            onToggleNavigation={() => {
              setNavigationOpen(!isNavigationOpen);
            }}
          />
        }
        sidebar={<Navigation isOpen={isNavigationOpen} />}
        banner={<ConnectionBanner />}
      >
        <Suspense fallback={<FirstLoad />}>
          <Outlet />
        </Suspense>
      </Page>
      <LiveRegion />
      <Toasts />
      <ScrollRestoration />
    </Shortcuts>
  );
}

/** Where to sign in, and where to come back to afterwards. */
function signInPath(pathname: string, search: string): string {
  const next = `${pathname}${search}`;
  return next === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`;
}
