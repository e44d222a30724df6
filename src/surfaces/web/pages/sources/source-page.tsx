import "./sources.css";
import { Alert, AlertGroup, PageSection } from "@patternfly/react-core";
import type { JSX } from "react";
import { Link } from "react-router";
import type { Page } from "../../../../app/wire/list.ts";
import type { SourceRow } from "../../../../app/wire/sources.ts";
import { stillShown, useAnswer } from "../../api/queries.ts";
import { withQuery } from "../../parts/links.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { Nothing, Outdated, ProblemState, Waiting } from "../../parts/page-states.tsx";
import { useUrlState } from "../../parts/use-url-state.ts";
import { InlineCode } from "../proposal/inline-code.tsx";
import { SourceFacts } from "./source-facts.tsx";
import { SourceHour } from "./source-hour.tsx";
import { SourceLabels } from "./source-state.tsx";
import { troubleLooks } from "./source-words.ts";
import { lookAgainMs } from "./sources-page.tsx";

/** One source: what is wrong with it and what to do, and how its last hour went. Names may hold anything, so they are in the query. */
export function Component(): JSX.Element {
  const state = useUrlState();
  const [cluster, observer, source] = [state.one("cluster"), state.one("observer"), state.one("source")];
  const answer = useAnswer<Page<SourceRow>>(
    "sources",
    { cluster, observer, source, limit: 1 },
    { everyMs: lookAgainMs },
  );
  const { error, dataUpdatedAt, refetch } = answer;
  const data = stillShown(answer);
  const row = data?.items[0];
  return (
    <>
      <PageHeader
        title={source ?? "Source"}
        above={[
          { title: "Sources", path: "/sources" },
          { title: cluster ?? "", path: withQuery("/sources", { cluster }) },
        ]}
        labels={row && <SourceLabels row={row} />}
        {...(row === undefined ? {} : { description: descriptionOf(row) })}
      />
      <PageSection hasBodyWrapper={false} isFilled aria-label={source ?? "Source"}>
        {data === undefined && error === null && <Waiting lines={10} />}
        {data === undefined && error !== null && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data !== undefined && <Outdated error={error} sinceMs={dataUpdatedAt} onRetry={() => void refetch()} />}
        {data !== undefined && row === undefined && (
          <Nothing title="There is no source of this name" actions={<Link to="/sources">All sources</Link>}>
            It never reported to this server, or it was silent for so long that it was forgotten.
          </Nothing>
        )}
        {row !== undefined && (
          <div className="postern-source">
            <Troubles row={row} />
            <SourceHour minutes={row.minutes} />
            <SourceFacts row={row} />
          </div>
        )}
      </PageSection>
    </>
  );
}

function descriptionOf({ kind, observer, cluster, isCoarse }: SourceRow): JSX.Element {
  return (
    <>
      {kind}, which observer <bdi>{observer}</bdi> reads in cluster <bdi>{cluster}</bdi>.
      {isCoarse && " Coarse: it tells who sends anything at all and not to whom, so no rule is learned from it."}
    </>
  );
}

/** Its own message belongs to what it is about: why it does not run. */
const tellsWhy: ReadonlySet<string> = new Set(["failed", "retrying"]);

function Troubles({ row: { troubles, message } }: { readonly row: SourceRow }): JSX.Element | null {
  if (troubles.length === 0 && message === "") return null;
  const isToldApart = message !== "" && !troubles.some(({ trouble }) => tellsWhy.has(trouble));
  return (
    <section aria-label="What deserves a look">
      <AlertGroup>
        {troubles.map(({ trouble, what, remedy }) => {
          const { word, status = "info" } = troubleLooks[trouble];
          const said = tellsWhy.has(trouble) && message !== "" ? `${what}: ${message}` : what;
          return (
            <Alert key={trouble} isInline component="h2" variant={status} title={word}>
              <p>
                <InlineCode text={sentence(said)} />
              </p>
              <p>
                <InlineCode text={sentence(remedy)} />
              </p>
            </Alert>
          );
        })}
        {isToldApart && (
          <Alert isInline component="h2" variant="info" title="What it says of itself">
            <InlineCode text={sentence(message)} />
          </Alert>
        )}
      </AlertGroup>
    </section>
  );
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
