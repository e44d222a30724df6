import { Card, CardBody, CardTitle, Grid, GridItem, List, ListItem } from "@patternfly/react-core";
import type { JSX } from "react";
import type { Dossier } from "../../../../app/wire/dossier.ts";
import { formatShare } from "../../parts/formats.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { Readiness } from "../../parts/readiness.tsx";
import { DossierTable } from "./dossier-table.tsx";
import { InlineCode } from "./inline-code.tsx";

/** How safe enforcing is, what speaks against it, and what would make it safer. */
export function ReadinessTab({ readiness }: { readonly readiness: Dossier["readiness"] }): JSX.Element {
  if (readiness === null) {
    return (
      <Card>
        <CardBody>
          <Nothing title="Readiness is not known" headingLevel="h2">
            It is learned from recorded traffic with times. Record this namespace for some days, then look again.
          </Nothing>
        </CardBody>
      </Card>
    );
  }
  const { day, week, risks, missing } = readiness;
  return (
    <Grid hasGutter>
      <GridItem md={6} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">For a day</CardTitle>
          <CardBody>
            <div className="postern-figure">
              <Readiness day={day} />
            </div>
            <p className="postern-figure-note">
              chance that nothing needed is blocked in the first day after enforcing
            </p>
          </CardBody>
        </Card>
      </GridItem>
      <GridItem md={6} span={12}>
        <Card isFullHeight>
          <CardTitle component="h2">For a week</CardTitle>
          <CardBody>
            <p className="postern-figure">{formatShare(week)}</p>
            <p className="postern-figure-note">the same over seven days, in which more rare things happen</p>
          </CardBody>
        </Card>
      </GridItem>
      <GridItem span={12}>
        <Card>
          <CardTitle component="h2">What speaks against it</CardTitle>
          <CardBody>
            {risks.length === 0 ? (
              <p>Nothing in particular.</p>
            ) : (
              <DossierTable
                label="Risks of enforcing"
                noun="risk"
                rows={risks}
                keyOf={({ kind, text }) => `${kind} ${text}`}
                textOf={({ kind, text }) => `${kind} ${text}`}
                columns={[
                  { title: "What", cell: ({ text }) => <InlineCode text={text} /> },
                  { title: "Kind", cell: ({ kind }) => kind },
                  { title: "Chance in a week", cell: (risk) => formatShare(risk.week) },
                ]}
              />
            )}
          </CardBody>
        </Card>
      </GridItem>
      {missing.length > 0 && (
        <GridItem span={12}>
          <Card>
            <CardTitle component="h2">What would make it safer</CardTitle>
            <CardBody>
              <List>
                {missing.map(({ text, workload }) => (
                  <ListItem key={`${text} ${workload ?? ""}`}>
                    <InlineCode text={text} />
                    {workload !== null && ` (${workload})`}
                  </ListItem>
                ))}
              </List>
            </CardBody>
          </Card>
        </GridItem>
      )}
    </Grid>
  );
}
