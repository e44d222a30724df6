import { Card, CardBody, CardTitle, Label, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { MinusCircleIcon } from "@patternfly/react-icons/dist/esm/icons/minus-circle-icon";
import { PlusCircleIcon } from "@patternfly/react-icons/dist/esm/icons/plus-circle-icon";
import { type JSX, lazy, Suspense, useState } from "react";
import type { Dossier } from "../../../../app/wire/dossier.ts";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { Nothing, Waiting } from "../../parts/page-states.tsx";
import { useMedia } from "../../parts/use-media.ts";
import { DossierTable } from "./dossier-table.tsx";
import { InlineCode } from "./inline-code.tsx";

const CodeCompare = lazy(async () => ({ default: (await import("./code-compare.tsx")).CodeCompare }));

interface ChangesTabProps {
  readonly proposal: ProposalDetail;
  readonly shown: { readonly line: number; readonly times: number } | undefined;
}

/** The texts beside each other, and what their difference means: what is decided otherwise, with an example each. */
export function ChangesTab({ proposal, shown }: ChangesTabProps): JSX.Element {
  const isWide = useMedia("(min-width: 1100px)");
  const [chosen, setChosen] = useState<"split" | "unified">();
  const { baseManifest, manifest, dossier } = proposal;
  const view = chosen ?? (isWide ? "split" : "unified");
  return (
    <>
      <Card className="postern-card">
        <CardTitle component="h2" className="postern-card-title-row">
          <span>{baseManifest === null ? "New policy" : "Text, before and after"}</span>
          {baseManifest !== null && (
            <ToggleGroup isCompact aria-label="How to compare">
              <ToggleGroupItem
                text="Side by side"
                isSelected={view === "split"}
                onChange={() => {
                  setChosen("split");
                }}
              />
              <ToggleGroupItem
                text="One column"
                isSelected={view === "unified"}
                onChange={() => {
                  setChosen("unified");
                }}
              />
            </ToggleGroup>
          )}
        </CardTitle>
        <CardBody>
          <Suspense fallback={<Waiting lines={12} label="Loading the comparison" />}>
            <CodeCompare
              before={baseManifest ?? undefined}
              after={manifest}
              isUnified={view === "unified"}
              shown={shown}
            />
          </Suspense>
        </CardBody>
      </Card>
      <Card>
        <CardTitle component="h2">What is decided otherwise</CardTitle>
        <CardBody>
          <DifferenceTable dossier={dossier} />
        </CardBody>
      </Card>
    </>
  );
}

export function DifferenceTable({ dossier }: { readonly dossier: Dossier }): JSX.Element {
  const { differences, differencesLeftOut, isComparisonComplete } = dossier;
  if (differences.length === 0) {
    return (
      <Nothing title="No difference in what is decided" headingLevel="h3">
        {isComparisonComplete
          ? "Both texts allow and deny exactly the same connections."
          : "None was found, but the comparison is not complete: names and selectors may differ."}
      </Nothing>
    );
  }
  return (
    <DossierTable
      label="Differences"
      noun="difference"
      rows={differences}
      leftOut={differencesLeftOut}
      keyOf={({ change, destination, ports, example }) => `${change} ${destination} ${ports} ${example}`}
      textOf={({ change, destination, ports, example, before, after }) =>
        [change, destination, ports, example, before, after].join(" ")
      }
      columns={[
        { title: "Change", cell: ({ change }) => <ChangeLabel change={change} /> },
        { title: "Destination", cell: ({ destination }) => <code>{destination}</code> },
        { title: "Ports", cell: ({ ports }) => ports },
        { title: "For example", cell: ({ example }) => <code>{example}</code> },
        { title: "Decided before by", cell: ({ before }) => <InlineCode text={before} /> },
        { title: "Decided after by", cell: ({ after }) => <InlineCode text={after} /> },
      ]}
    />
  );
}

/** The word, a sign and a colour. */
export function ChangeLabel({ change }: { readonly change: "newly allowed" | "newly denied" }): JSX.Element {
  return change === "newly allowed" ? (
    <Label isCompact variant="outline" color="orange" icon={<PlusCircleIcon />}>
      Newly allowed
    </Label>
  ) : (
    <Label isCompact variant="outline" color="purple" icon={<MinusCircleIcon />}>
      Newly denied
    </Label>
  );
}
