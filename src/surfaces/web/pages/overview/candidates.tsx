import type { JSX } from "react";
import { Link } from "react-router";
import type { Page } from "../../../../app/wire/list.ts";
import type { NamespaceSummary } from "../../../../app/wire/namespaces.ts";
import { useAnswer } from "../../api/queries.ts";
import { countOf } from "../../parts/formats.ts";
import { namespacePath, withQuery } from "../../parts/links.ts";
import { Readiness } from "../../parts/readiness.tsx";
import { Coverage } from "../../parts/state-labels.tsx";

/** When nothing waits: the namespaces that are still open and readiest to be closed. */
export function Candidates(): JSX.Element {
  const { data } = useAnswer<Page<NamespaceSummary>>("namespaces", {
    coverage: ["none", "partial"],
    sort: "-readiness",
    limit: 6,
  });
  const open = data?.items.filter(({ openProposals }) => openProposals === 0) ?? [];
  if (open.length === 0) return <p className="postern-calm">Nothing waits for you.</p>;
  return (
    <>
      <p className="postern-candidates">Nothing waits for you. These are still open, the readiest first:</p>
      <ul className="postern-queue">
        {open.map((each) => (
          <li key={`${each.cluster}/${each.namespace}`}>
            <div className="postern-queue__what">
              <Link to={namespacePath(each)}>{each.namespace}</Link>
              <div className="postern-under">
                {each.cluster} · {countOf(each.destinations, "destination")} of {countOf(each.workloads, "workload")}
              </div>
            </div>
            <div className="postern-queue__judged">
              <Readiness day={each.readinessDay} />
              <Coverage coverage={each.coverage} />
              <Link to={withQuery("/proposals/new", { cluster: each.cluster, namespace: each.namespace })}>
                Propose<span className="pf-v6-screen-reader"> a policy for {each.namespace}</span>
              </Link>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
