import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Flex,
  FlexItem,
  MenuToggle,
  Tooltip,
} from "@patternfly/react-core";
import { EllipsisVIcon } from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { type JSX, useState } from "react";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { LinkButton } from "../../parts/link-button.tsx";
import { proposalPath } from "../../parts/links.ts";
import { actionWords } from "./decision-words.ts";
import type { DecisionAction } from "./use-decide.ts";

/** The three of a review have keys, and are buttons while there is one; otherwise the next step is. */
const reviewing = ["approve", "request-changes", "reject"] as const;
const nextSteps = ["submit", "open-pull-request", "roll-back"] as const;
const all = [...nextSteps, ...reviewing, "withdraw"] as const;
export const keyOf: Readonly<Partial<Record<DecisionAction, string>>> = {
  approve: "a",
  "request-changes": "c",
  reject: "r",
};

/** Whether somebody may do it now, and why not. */
export function mayOf(proposal: ProposalDetail, action: string): { readonly allowed: boolean; readonly why: string } {
  const may = proposal.may.find((each) => each.action === action);
  return may ?? { allowed: false, why: "it is not possible in this state" };
}

interface DecisionBarProps {
  readonly proposal: ProposalDetail;
  readonly onAsk: (action: DecisionAction) => void;
}

/** What the one who looks may do: buttons that cannot be used say why, also to who cannot see the tooltip. */
export function DecisionBar({ proposal, onAsk }: DecisionBarProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const isInReview = proposal.state === "pending-review";
  const buttons: readonly DecisionAction[] = isInReview
    ? reviewing
    : nextSteps.filter((action) => mayOf(proposal, action).allowed).slice(0, 1);
  const rest = all.filter((action) => !buttons.includes(action));
  // What can be done comes first; what cannot says why.
  const inMenu = rest.toSorted(
    (one, other) => Number(mayOf(proposal, other).allowed) - Number(mayOf(proposal, one).allowed),
  );
  const edit = mayOf(proposal, "edit");
  return (
    <Flex gap={{ default: "gapSm" }} className="postern-decision-bar">
      {buttons.map((action) => (
        <FlexItem key={action}>
          <DecisionButton proposal={proposal} action={action} onAsk={onAsk} />
        </FlexItem>
      ))}
      <FlexItem>
        {edit.allowed ? (
          <LinkButton variant="secondary" to={`${proposalPath(proposal.id)}/edit`}>
            Edit
          </LinkButton>
        ) : (
          <Tooltip content={edit.why}>
            <Button variant="secondary" isAriaDisabled aria-label={`Edit: not possible, ${edit.why}`}>
              Edit
            </Button>
          </Tooltip>
        )}
      </FlexItem>
      {inMenu.length > 0 && (
        <FlexItem>
          <Dropdown
            isOpen={isOpen}
            onOpenChange={setOpen}
            popperProps={{ position: "right" }}
            toggle={(ref) => (
              <MenuToggle
                ref={ref}
                variant="plain"
                isExpanded={isOpen}
                aria-label="More actions"
                icon={<EllipsisVIcon />}
                onClick={() => {
                  setOpen(!isOpen);
                }}
              />
            )}
          >
            <DropdownList>
              {inMenu.map((action) => {
                const { allowed, why } = mayOf(proposal, action);
                return (
                  <DropdownItem
                    key={action}
                    isAriaDisabled={!allowed}
                    {...(allowed ? {} : { description: why })}
                    onClick={() => {
                      setOpen(false);
                      if (allowed) onAsk(action);
                    }}
                  >
                    {actionWords[action].button}
                  </DropdownItem>
                );
              })}
            </DropdownList>
          </Dropdown>
        </FlexItem>
      )}
    </Flex>
  );
}

function DecisionButton({
  proposal,
  action,
  onAsk,
}: DecisionBarProps & { readonly action: DecisionAction }): JSX.Element {
  const { allowed, why } = mayOf(proposal, action);
  const { button, variant } = actionWords[action];
  const key = keyOf[action];
  const look = variant === "danger" ? { variant: "secondary" as const, isDanger: true } : { variant };
  if (!allowed) {
    return (
      <Tooltip content={why}>
        <Button {...look} isAriaDisabled aria-label={`${button}: not possible, ${why}`}>
          {button}
        </Button>
      </Tooltip>
    );
  }
  return (
    <Button
      {...look}
      {...(key === undefined ? {} : { "aria-keyshortcuts": key, title: `${button} (${key})` })}
      onClick={() => {
        onAsk(action);
      }}
    >
      {button}
    </Button>
  );
}
