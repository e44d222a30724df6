import type { RouteObject } from "react-router";
import { AppShell } from "./shell/app-shell.tsx";
import { BrokenPage } from "./shell/broken-page.tsx";
import { FirstLoad } from "./shell/first-load.tsx";
import { NoSuchPage } from "./shell/no-such-page.tsx";

/** Every page is a chunk of its own; each module exports `Component`. */
export const routes: RouteObject[] = [
  // Outside the shell, which needs somebody who is signed in.
  {
    ErrorBoundary: BrokenPage,
    HydrateFallback: FirstLoad,
    children: [
      { path: "/sign-in", lazy: async () => import("./pages/sign-in/sign-in-page.tsx") },
      { path: "/sign-in/link", lazy: async () => import("./pages/sign-in/link-page.tsx") },
    ],
  },
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
          { path: "namespaces/:cluster/:namespace", lazy: async () => import("./pages/namespace/namespace-page.tsx") },
          { path: "traffic", lazy: async () => import("./pages/traffic/traffic-page.tsx") },
          { path: "sources", lazy: async () => import("./pages/sources/sources-page.tsx") },
          { path: "sources/one", lazy: async () => import("./pages/sources/source-page.tsx") },
          { path: "proposals", lazy: async () => import("./pages/proposals/proposals-page.tsx") },
          { path: "proposals/new", lazy: async () => import("./pages/proposals/new-proposal-page.tsx") },
          { path: "proposals/:id", lazy: async () => import("./pages/proposal/proposal-page.tsx") },
          { path: "proposals/:id/edit", lazy: async () => import("./pages/editor/editor-page.tsx") },
          { path: "rules", lazy: async () => import("./pages/rules/rules-page.tsx") },
          { path: "audit", lazy: async () => import("./pages/audit/audit-page.tsx") },
          { path: "audit/:sequence", lazy: async () => import("./pages/audit/record-page.tsx") },
          { path: "settings", lazy: async () => import("./pages/settings/settings-page.tsx") },
          { path: "*", Component: NoSuchPage },
        ],
      },
    ],
  },
];
