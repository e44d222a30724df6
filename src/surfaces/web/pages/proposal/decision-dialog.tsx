import {
  Alert,
  Button,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextArea,
} from "@patternfly/react-core";
import { type JSX, useState } from "react";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { ProblemError } from "../../api/client.ts";
import { actionWords } from "./decision-words.ts";
import { type DecisionAction, type DecisionOutcome, useDecide } from "./use-decide.ts";

interface DecisionDialogProps {
  readonly proposal: ProposalDetail;
  readonly action: DecisionAction;
  readonly onClose: () => void;
  readonly onOutcome: (outcome: DecisionOutcome) => void;
}

/** Says what will happen, takes a comment, and asks once: Ctrl-Enter decides, Escape leaves. */
export function DecisionDialog({ proposal, action, onClose, onOutcome }: DecisionDialogProps): JSX.Element {
  const words = actionWords[action];
  const [comment, setComment] = useState("");
  const [refusal, setRefusal] = useState<unknown>();
  const [isMissing, setMissing] = useState(false);
  const { isBusy, decide } = useDecide(proposal);
  const send = async (): Promise<void> => {
    if (words.needsComment && comment.trim() === "") {
      setMissing(true);
      document.querySelector<HTMLElement>("#decision-comment")?.focus();
      return;
    }
    const outcome = await decide(action, comment.trim());
    if (outcome.kind === "refused") setRefusal(outcome.error);
    else onOutcome(outcome);
  };
  const submit = (event: { preventDefault: () => void }): void => {
    event.preventDefault();
    void send();
  };
  return (
    <Modal
      isOpen
      variant="small"
      onClose={onClose}
      aria-labelledby="decision-title"
      aria-describedby="decision-consequence"
      elementToFocus="#decision-comment"
    >
      <ModalHeader
        title={`${words.button} #${proposal.number}?`}
        labelId="decision-title"
        {...(words.variant === "danger" ? { titleIconVariant: "warning" as const } : {})}
      />
      <ModalBody>
        <p id="decision-consequence" className="postern-dialog-text">
          <strong>{proposal.title}</strong>, revision {proposal.revision}. {words.consequence}
        </p>
        {refusal !== undefined && <Refusal error={refusal} />}
        <Form id="decision-form" onSubmit={submit}>
          <FormGroup label="Comment" isRequired={words.needsComment} fieldId="decision-comment">
            <TextArea
              id="decision-comment"
              value={comment}
              rows={3}
              resizeOrientation="vertical"
              isRequired={words.needsComment}
              validated={isMissing ? "error" : "default"}
              aria-describedby="decision-comment-help"
              onChange={(_, text) => {
                setComment(text);
                setMissing(false);
              }}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
              }}
            />
            <FormHelperText>
              <HelperText id="decision-comment-help">
                <HelperTextItem variant={isMissing ? "error" : "default"}>
                  {words.needsComment
                    ? "Say why: it stays with the decision in the audit log."
                    : "Stays with the decision in the audit log."}
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="decision-form" variant={words.variant} isLoading={isBusy} isDisabled={isBusy}>
          {words.button}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** What the server said no with, each clause of the law on a line of its own. */
export function Refusal({ error }: { readonly error: unknown }): JSX.Element {
  const problem = error instanceof ProblemError ? error.problem : undefined;
  const title = problem?.status === 423 ? "The law says no" : "This was refused";
  return (
    <Alert isInline variant="danger" title={title} className="postern-alert" role="alert">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {problem?.findings !== undefined && (
        <ul>
          {problem.findings.map(({ code, message, line }) => (
            <li key={`${code} ${line ?? ""} ${message}`}>
              <code>{code}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
