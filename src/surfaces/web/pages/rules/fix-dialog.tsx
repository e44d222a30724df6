import {
  Button,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
} from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import { useNavigate } from "react-router";
import type { ProposalDetail, ProposalRequest } from "../../../../app/wire/proposals.ts";
import type { RuleFinding } from "../../../../app/wire/rules.ts";
import { send } from "../../api/client.ts";
import { proposalPath } from "../../parts/links.ts";
import { toast } from "../../shell/toasts.tsx";
import { Refusal } from "../proposal/decision-dialog.tsx";
import { InlineCode } from "../proposal/inline-code.tsx";
import { problemMeanings, problemTitles } from "./problem-titles.ts";

interface FixDialogProps {
  readonly finding: RuleFinding;
  readonly onClose: () => void;
}

/** What the fix does, before it is made into a proposal; nothing changes until that is approved. */
export function FixDialog({ finding, onClose }: FixDialogProps): JSX.Element {
  const { id, cluster, namespace, kind, policyName, ruleText, problem, message, effect, fix } = finding;
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const propose = async (): Promise<void> => {
    setBusy(true);
    setRefusal(undefined);
    try {
      const request: ProposalRequest = { from: "finding", finding: id };
      const made = await send<ProposalDetail>("POST", "proposals", request);
      void queries.invalidateQueries();
      toast({ title: `Made #${made.number} of the fix` });
      void navigate(proposalPath(made.id));
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  const rows = [
    ["Policy", `${kind} ${policyName} in ${cluster} / ${namespace}`],
    ["Rule", ruleText === "" ? "the whole policy" : `\`${ruleText}\``],
    ["Problem", `${problemTitles[problem]}: ${message}`],
    ["What that means", effect === "" ? problemMeanings[problem] : effect],
    ["The fix", fix ?? ""],
  ].filter(([, text]) => text !== "");
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="fix-title">
      <ModalHeader title="Propose this fix?" labelId="fix-title" />
      <ModalBody>
        {refusal !== undefined && <Refusal error={refusal} />}
        <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: "9rem" }}>
          {rows.map(([term, text]) => (
            <DescriptionListGroup key={term}>
              <DescriptionListTerm>{term}</DescriptionListTerm>
              <DescriptionListDescription>
                <InlineCode text={text ?? ""} />
              </DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
        <p className="postern-subtle">
          The proposal shows its difference and replay; nothing changes until it is approved and merged.
        </p>
      </ModalBody>
      <ModalFooter>
        <Button
          isLoading={isBusy}
          isDisabled={isBusy}
          onClick={() => {
            void propose();
          }}
        >
          Make a proposal
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
