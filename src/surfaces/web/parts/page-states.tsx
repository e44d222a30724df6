import {
  Alert,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  type EmptyStateProps,
  Skeleton,
} from "@patternfly/react-core";
import { SearchIcon } from "@patternfly/react-icons/dist/esm/icons/search-icon";
import type { JSX, ReactNode } from "react";
import { ProblemError } from "../api/client.ts";
import { Moment } from "./time.tsx";

interface NothingProps {
  readonly title: string;
  /** What to do about it. */
  readonly children: ReactNode;
  readonly actions?: ReactNode;
  readonly icon?: EmptyStateProps["icon"];
  readonly headingLevel?: "h1" | "h2" | "h3";
}

/** Nothing to show, and what to do about it. */
export function Nothing({
  title,
  children,
  actions,
  icon = SearchIcon,
  headingLevel = "h2",
}: NothingProps): JSX.Element {
  return (
    <EmptyState titleText={title} headingLevel={headingLevel} {...(icon === undefined ? {} : { icon })} variant="sm">
      <EmptyStateBody>{children}</EmptyStateBody>
      {actions !== undefined && (
        <EmptyStateFooter>
          <EmptyStateActions>{actions}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

interface ProblemStateProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly headingLevel?: "h1" | "h2";
}

/** What the server refused or could not do, in its own words, with the number to find it in the log. */
export function ProblemState({ error, onRetry, headingLevel = "h2" }: ProblemStateProps): JSX.Element {
  const problem = error instanceof ProblemError ? error.problem : undefined;
  return (
    <EmptyState status="danger" titleText={titleOf(problem?.status)} headingLevel={headingLevel} variant="sm">
      <EmptyStateBody>
        <p>{error instanceof Error ? error.message : String(error)}</p>
        {problem !== undefined && problem.requestId !== "" && (
          <p>
            Request <code>{problem.requestId}</code>
          </p>
        )}
      </EmptyStateBody>
      {onRetry !== undefined && (
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button variant="secondary" onClick={onRetry}>
              Try again
            </Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

interface OutdatedProps {
  /** Null: it is up to date. */
  readonly error: Error | null;
  /** When what is shown was answered. */
  readonly sinceMs: number;
  readonly onRetry: () => void;
}

/** What is shown was known before, and could not be asked for again: it stays, and is not taken for the present. */
export function Outdated({ error, sinceMs, onRetry }: OutdatedProps): JSX.Element | null {
  if (error === null) return null;
  return (
    <Alert
      isInline
      isLiveRegion
      variant="warning"
      component="h2"
      title="Not up to date"
      actionLinks={
        <Button variant="link" isInline onClick={onRetry}>
          Try again
        </Button>
      }
    >
      This is as of <Moment ms={sinceMs} /> and could not be asked for again: {error.message}.
    </Alert>
  );
}

function titleOf(status: number | undefined): string {
  switch (status) {
    case 403:
      return "You may not see this";
    case 404:
      return "There is nothing of this name";
    case 0:
      return "The server does not answer";
    default:
      return "This could not be loaded";
  }
}

/** A block while its answer is on its way. */
export function Waiting({
  lines = 4,
  label = "Loading",
}: {
  readonly lines?: number;
  readonly label?: string;
}): JSX.Element {
  return (
    <div className="postern-waiting" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} width={`${92 - ((index * 23) % 40)}%`} />
      ))}
    </div>
  );
}
