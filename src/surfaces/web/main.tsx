import "@patternfly/react-core/dist/styles/base.css";
import "./shell/shell.css";
import "./parts/parts.css";
import "./charts/charts.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import { queryClient } from "./api/queries.ts";
import { routes } from "./routes.tsx";
import { followSystemTheme } from "./shell/theme.ts";

followSystemTheme();

const place = document.querySelector("#root");
if (place === null) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={createBrowserRouter(routes)} />
    </QueryClientProvider>
  </StrictMode>,
);
