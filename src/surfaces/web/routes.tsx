import type { RouteObject } from "react-router";
import { AppShell } from "./shell/app-shell.tsx";
import { BrokenPage } from "./shell/broken-page.tsx";
import { FirstLoad } from "./shell/first-load.tsx";
import { NoSuchPage } from "./shell/no-such-page.tsx";

/** Every page is a chunk of its own; each module exports `Component`. */
export const routes: RouteObject[] = [
  {
    path: "/",
    Component: AppShell,
    ErrorBoundary: BrokenPage,
    HydrateFallback: FirstLoad,
    children: [
      {
        // Beside the shell, so that a page that breaks leaves the navigation in place.
        ErrorBoundary: BrokenPage,
        children: [
          { index: true, lazy: async () => import("./pages/overview/overview-page.tsx") },
          { path: "namespaces", lazy: async () => import("./pages/namespaces/namespaces-page.tsx") },
          { path: "traffic", lazy: async () => import("./pages/traffic/traffic-page.tsx") },
          { path: "sources", lazy: async () => import("./pages/sources/sources-page.tsx") },
          { path: "*", Component: NoSuchPage },
        ],
      },
    ],
  },
];
