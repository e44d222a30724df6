import { Alert, Card, CardBody, CardTitle, Label } from "@patternfly/react-core";
import type { JSX } from "react";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { DossierTable } from "./dossier-table.tsx";
import { InlineCode } from "./inline-code.tsx";

interface LawTabProps {
  readonly proposal: Pick<ProposalDetail, "laws" | "dossier">;
  readonly onShowLine: (line: number) => void;
}

/** What the organisation's law says, and what else was checked. */
export function LawTab({ proposal, onShowLine }: LawTabProps): JSX.Element {
  const { laws, dossier } = proposal;
  const forbids = laws.some(({ effect }) => effect === "forbids");
  return (
    <>
      <Card className="postern-card">
        <CardTitle component="h2">Law</CardTitle>
        <CardBody>
          {laws.length === 0 ? (
            <Nothing title="No clause objects" headingLevel="h3">
              The policy keeps every law of this organisation.
            </Nothing>
          ) : (
            <>
              {forbids && (
                <Alert
                  isInline
                  variant="danger"
                  component="h3"
                  className="postern-alert"
                  title="This cannot be approved until the clauses that forbid are met"
                />
              )}
              <DossierTable
                label="Clauses that object"
                noun="clause"
                rows={laws}
                keyOf={({ law, clause, rule, message }) => `${law} ${clause} ${rule ?? ""} ${message}`}
                textOf={({ law, clause, message }) => [law, clause, message].join(" ")}
                columns={[
                  {
                    title: "Effect",
                    cell: ({ effect }) =>
                      effect === "forbids" ? (
                        <Label isCompact status="danger">
                          Forbids
                        </Label>
                      ) : (
                        <Label isCompact status="warning">
                          Warns
                        </Label>
                      ),
                  },
                  { title: "Clause", cell: ({ clause }) => <code>{clause}</code> },
                  { title: "Of the law", cell: ({ law }) => law },
                  { title: "What it says", cell: ({ message }) => <InlineCode text={message} /> },
                  {
                    title: "Where",
                    cell: ({ rule, line }) => <Where rule={rule} line={line} onShowLine={onShowLine} />,
                  },
                ]}
              />
            </>
          )}
        </CardBody>
      </Card>
      <Card>
        <CardTitle component="h2">Checks</CardTitle>
        <CardBody>
          <DossierTable
            label="Checks"
            noun="check"
            rows={dossier.checks}
            keyOf={({ name }) => name}
            textOf={({ name, detail }) => `${name} ${detail}`}
            columns={[
              {
                title: "Result",
                cell: ({ passed }) => (
                  <Label isCompact status={passed ? "success" : "danger"}>
                    {passed ? "Holds" : "Fails"}
                  </Label>
                ),
              },
              { title: "Check", cell: ({ name }) => name },
              { title: "In detail", cell: ({ detail }) => <InlineCode text={detail} /> },
            ]}
          />
        </CardBody>
      </Card>
    </>
  );
}

interface WhereProps {
  readonly rule: number | null;
  readonly line: number | null;
  readonly onShowLine: (line: number) => void;
}

function Where({ rule, line, onShowLine }: WhereProps): JSX.Element {
  const name = rule === null ? "the whole policy" : `rule ${rule}`;
  if (line === null) return <>{name}</>;
  return (
    <button
      type="button"
      className="pf-v6-c-button pf-m-link pf-m-inline"
      onClick={() => {
        onShowLine(line);
      }}
    >
      {name}, line {line}
    </button>
  );
}
