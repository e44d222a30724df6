import { Alert, Card, CardBody, CardTitle, ToggleGroup, ToggleGroupItem, ToolbarItem } from "@patternfly/react-core";
import { type JSX, useState } from "react";
import { Link } from "react-router";
import type { Dossier, EdgeView, ReplayView } from "../../../../app/wire/dossier.ts";
import { countOf, formatCount } from "../../parts/formats.ts";
import { trafficPath } from "../../parts/links.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { Verdict } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";
import { DossierTable } from "./dossier-table.tsx";
import { InlineCode } from "./inline-code.tsx";

type Cut = "denied" | "allowed" | "unknown" | "same";

function cutOf({ before, after }: ReplayView): Cut {
  if (before === after && after !== "unknown") return "same";
  if (after === "unknown" || before === "unknown") return "unknown";
  return after === "deny" ? "denied" : "allowed";
}

const cutTitles: Readonly<Record<Cut, string>> = {
  denied: "Newly denied",
  allowed: "Newly allowed",
  unknown: "Not known",
  same: "Unchanged",
};

/** Every recorded connection whose verdict changes, and the rules that decide. */
export function ReplayTab({ dossier }: { readonly dossier: Dossier }): JSX.Element {
  const { replay, notLearned, notLearnedLeftOut, evidence } = dossier;
  return (
    <>
      <Card className="postern-card">
        <CardTitle component="h2">Recorded connections, judged again</CardTitle>
        <CardBody>
          {replay.newlyDenied > 0 && (
            <Alert
              isInline
              variant="warning"
              component="h3"
              className="postern-alert"
              title={`${countOf(replay.newlyDenied, "connection")} that ${replay.newlyDenied === 1 ? "is" : "are"} open now would be blocked`}
            />
          )}
          {evidence.connections === 0 ? (
            <Nothing title="Nothing was recorded" headingLevel="h3">
              Without recorded connections nothing can be replayed. Check that a source sends flows of this namespace.
            </Nothing>
          ) : (
            <ReplayTable dossier={dossier} />
          )}
        </CardBody>
      </Card>
      {notLearned.length > 0 && (
        <Card>
          <CardTitle component="h2">Recorded, and left out on purpose</CardTitle>
          <CardBody>
            <DossierTable
              label="Connections that were not learned"
              noun="connection"
              rows={notLearned}
              leftOut={notLearnedLeftOut}
              keyOf={({ edge, reason }) => `${edgeText(edge)} ${reason}`}
              textOf={({ edge, reason }) => `${edgeText(edge)} ${edge.names.join(" ")} ${reason}`}
              columns={[
                { title: "From", cell: ({ edge }) => edge.workload },
                { title: "To", cell: ({ edge }) => <EdgeDestination edge={edge} /> },
                { title: "Flows", cell: ({ edge }) => <EdgeFlows edge={edge} /> },
                { title: "Why not", cell: ({ reason }) => <InlineCode text={reason} /> },
              ]}
            />
          </CardBody>
        </Card>
      )}
    </>
  );
}

export function ReplayTable({ dossier }: { readonly dossier: Dossier }): JSX.Element {
  const { replay } = dossier;
  const [cut, setCut] = useState<Cut>();
  const rows = cut === undefined ? replay.rows : replay.rows.filter((row) => cutOf(row) === cut);
  const counts: Readonly<Record<Cut, number>> = {
    denied: replay.newlyDenied,
    allowed: replay.newlyAllowed,
    unknown: replay.unknown,
    same: replay.unchangedAllowed + replay.unchangedDenied,
  };
  return (
    <DossierTable
      label="Replayed connections"
      noun="connection"
      rows={rows}
      leftOut={replay.rowsLeftOut}
      keyOf={({ edge, before, after }) => `${edgeText(edge)} ${edge.verdict} ${before} ${after}`}
      textOf={({ edge, beforeBy, afterBy }) => [edgeText(edge), ...edge.names, beforeBy, afterBy].join(" ")}
      tools={
        <ToolbarItem>
          <ToggleGroup aria-label="Which connections" isCompact className="postern-wrapping-toggles">
            {(["denied", "allowed", "unknown", "same"] as const).map((each) => (
              <ToggleGroupItem
                key={each}
                text={`${cutTitles[each]} ${formatCount(counts[each])}`}
                isSelected={cut === each}
                onChange={() => {
                  setCut(cut === each ? undefined : each);
                }}
              />
            ))}
          </ToggleGroup>
        </ToolbarItem>
      }
      columns={[
        { title: "From", cell: ({ edge }) => edge.workload },
        { title: "To", cell: ({ edge }) => <EdgeDestination edge={edge} /> },
        { title: "Before", cell: (row) => <Decided verdict={row.before} by={row.beforeBy} /> },
        { title: "After", cell: (row) => <Decided verdict={row.after} by={row.afterBy} /> },
        { title: "Flows", cell: ({ edge }) => <EdgeFlows edge={edge} /> },
        { title: "Last seen", cell: ({ edge }) => <Time ms={edge.lastSeenMs} never="not known" /> },
      ]}
    />
  );
}

function Decided({ verdict, by }: { readonly verdict: string; readonly by: string }): JSX.Element {
  return (
    <>
      <Verdict verdict={verdict} />
      <div className="postern-decider">
        <InlineCode text={by} />
      </div>
    </>
  );
}

function edgeText({ workload, address, port, protocol }: EdgeView): string {
  return `${workload} ${address}:${port}/${protocol}`;
}

/** Name first where there is one: people know names. */
export function EdgeDestination({ edge }: { readonly edge: EdgeView }): JSX.Element {
  const [name, ...others] = edge.names;
  const place = edge.address.includes(":") ? `[${edge.address}]` : edge.address;
  return (
    <>
      {name !== undefined && (
        <div>
          {name}
          {others.length > 0 && ` and ${countOf(others.length, "other name")}`}
        </div>
      )}
      <code>{`${place}:${edge.port}/${edge.protocol}`}</code>
    </>
  );
}

function EdgeFlows({ edge }: { readonly edge: EdgeView }): JSX.Element {
  const { cluster, namespace, workload, address, port, protocol } = edge;
  return (
    <Link
      to={trafficPath({ cluster, namespace, workload, address, port, protocol })}
      aria-label={`${formatCount(edge.flows)} flows of ${edgeText(edge)}`}
    >
      {formatCount(edge.flows)}
    </Link>
  );
}
