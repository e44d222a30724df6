import { Label } from "@patternfly/react-core";
import type { JSX } from "react";
import type { SourceRow } from "../../../../app/wire/sources.ts";
import { InlineCode } from "../proposal/inline-code.tsx";
import { looksOf } from "./source-words.ts";

/** One word for each of its troubles; where it has none, for its state. */
export function SourceLabels({ row }: { readonly row: SourceRow }): JSX.Element {
  return (
    <span className="postern-source-labels">
      {looksOf(row).map(({ word, status }) => (
        <Label key={word} isCompact variant="outline" {...(status === undefined ? {} : { status })}>
          {word}
        </Label>
      ))}
    </span>
  );
}

/** Its troubles, and what they are in numbers and in the source's own words. */
export function SourceState({ row }: { readonly row: SourceRow }): JSX.Element {
  const said = [...row.troubles.map(({ what }) => what), ...(row.message === "" ? [] : [row.message])];
  return (
    <>
      <SourceLabels row={row} />
      {said.length > 0 && (
        <div className="postern-under postern-source-said">
          <InlineCode text={said.join("; ")} />
        </div>
      )}
    </>
  );
}
