import { Button, Card, CardBody, CardTitle, Form, FormGroup, Label, TextArea } from "@patternfly/react-core";
import { type JSX, useState } from "react";
import { Link } from "react-router";
import type { ProposalDetail } from "../../../../app/wire/proposals.ts";
import { proposalStateWord } from "../../parts/state-labels.tsx";
import { Time } from "../../parts/time.tsx";
import { Refusal } from "./decision-dialog.tsx";
import { decisionInWords } from "./decision-words.ts";
import { type DecisionOutcome, useDecide } from "./use-decide.ts";

interface DiscussionTabProps {
  readonly proposal: ProposalDetail;
  readonly onOutcome: (outcome: DecisionOutcome) => void;
}

/** Everything that was decided and said, oldest first, each with its record in the audit log. */
export function DiscussionTab({ proposal, onOutcome }: DiscussionTabProps): JSX.Element {
  const { decisions } = proposal;
  return (
    <Card>
      <CardTitle component="h2">Decisions and discussion</CardTitle>
      <CardBody>
        {decisions.length === 0 ? (
          <p>Nothing was decided or said yet.</p>
        ) : (
          <ol className="postern-timeline">
            {decisions.map((decision) => (
              <li key={`${decision.atMs} ${decision.action} ${decision.by.subject} ${decision.auditSequence ?? ""}`}>
                <div className="postern-timeline__head">
                  <strong>{decisionInWords(decision)}</strong> <Time ms={decision.atMs} />
                  {decision.from !== decision.to && (
                    <Label isCompact variant="outline">
                      {`${proposalStateWord(decision.from)} → ${proposalStateWord(decision.to)}`}
                    </Label>
                  )}
                  <span className="postern-subtle">revision {decision.revision}</span>
                  {decision.auditSequence !== null && (
                    <Link to={`/audit/${decision.auditSequence}`}>audit record {decision.auditSequence}</Link>
                  )}
                </div>
                {decision.comment !== "" && <blockquote className="postern-comment">{decision.comment}</blockquote>}
              </li>
            ))}
          </ol>
        )}
        <CommentForm proposal={proposal} onOutcome={onOutcome} />
      </CardBody>
    </Card>
  );
}

function CommentForm({ proposal, onOutcome }: DiscussionTabProps): JSX.Element {
  const [text, setText] = useState("");
  const [refusal, setRefusal] = useState<unknown>();
  const { isBusy, decide } = useDecide(proposal);
  const may = proposal.may.find(({ action }) => action === "comment");
  if (may !== undefined && !may.allowed) return <p className="postern-subtle">You cannot comment: {may.why}.</p>;
  const send = async (): Promise<void> => {
    setRefusal(undefined);
    const outcome = await decide("comment", text.trim());
    if (outcome.kind === "refused") {
      setRefusal(outcome.error);
      return;
    }
    if (outcome.kind === "done") setText("");
    onOutcome(outcome);
  };
  return (
    <Form
      className="postern-comment-form"
      onSubmit={(event: { preventDefault: () => void }) => {
        event.preventDefault();
        if (text.trim() !== "") void send();
      }}
    >
      {refusal !== undefined && <Refusal error={refusal} />}
      <FormGroup label="Say something" fieldId="new-comment">
        <TextArea
          id="new-comment"
          value={text}
          rows={3}
          resizeOrientation="vertical"
          onChange={(_, next) => {
            setText(next);
          }}
        />
      </FormGroup>
      <div>
        <Button type="submit" variant="secondary" isDisabled={isBusy || text.trim() === ""} isLoading={isBusy}>
          Comment
        </Button>
      </div>
    </Form>
  );
}
