import { ProgressStep, ProgressStepper } from "@patternfly/react-core";
import type { JSX } from "react";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { Time } from "../../parts/time.tsx";
import { useMedia } from "../../parts/use-media.ts";
import { progressOf } from "./progress.ts";

const said = { success: "done", info: "now", pending: "to come", warning: "needs attention", danger: "ended" } as const;

/** The life of the proposal, from draft to verified in traffic. */
export function ProgressSteps({ proposal }: { readonly proposal: ProposalDetail }): JSX.Element {
  const isWide = useMedia("(min-width: 768px)");
  return (
    // It scrolls sideways in narrow windows, and the keyboard must reach what scrolls.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="postern-progress" tabIndex={0} role="group" aria-label="Progress">
      <ProgressStepper aria-label="Progress of the proposal" isCompact={!isWide}>
        {progressOf(proposal.state, proposal.decisions).map(({ id, title, variant, isCurrent, reached, note }) => (
          <ProgressStep
            key={id}
            id={`progress-${id}`}
            titleId={`progress-${id}-title`}
            variant={variant}
            isCurrent={isCurrent}
            aria-label={`${title}: ${said[variant]}`}
            description={
              note !== "" || reached !== undefined ? (
                <>
                  {note !== "" && <div>{note}</div>}
                  {reached !== undefined && (
                    <>
                      {reached.by.name}, <Time ms={reached.atMs} />
                    </>
                  )}
                </>
              ) : undefined
            }
          >
            {title}
          </ProgressStep>
        ))}
      </ProgressStepper>
    </div>
  );
}
