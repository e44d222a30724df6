import {
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import type { JSX } from "react";
import type { Draft } from "./editing.ts";

interface ParticularsFormProps {
  readonly draft: Draft;
  readonly trouble: Readonly<Partial<Record<keyof Draft, string>>>;
  readonly onChange: (change: Partial<Draft>) => void;
}

/** Title, reason, ticket, reviewers and expiry: what the law may ask for, beside the text. */
export function ParticularsForm({ draft, trouble, onChange }: ParticularsFormProps): JSX.Element {
  return (
    <Form
      className="postern-form"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <FormGroup label="Title" isRequired fieldId="edit-title">
        <TextInput
          id="edit-title"
          isRequired
          value={draft.title}
          maxLength={200}
          validated={trouble.title === undefined ? "default" : "error"}
          aria-describedby="edit-title-help"
          onChange={(_, title) => {
            onChange({ title });
          }}
        />
        <Help id="edit-title-help" trouble={trouble.title} />
      </FormGroup>
      <FormGroup label="Why" fieldId="edit-justification">
        <TextArea
          id="edit-justification"
          value={draft.justification}
          rows={4}
          resizeOrientation="vertical"
          aria-describedby="edit-justification-help"
          onChange={(_, justification) => {
            onChange({ justification });
          }}
        />
        <Help id="edit-justification-help">Goes into the pull request and the audit log.</Help>
      </FormGroup>
      <FormGroup label="Ticket" fieldId="edit-ticket">
        <TextInput
          id="edit-ticket"
          value={draft.ticket}
          maxLength={200}
          onChange={(_, ticket) => {
            onChange({ ticket });
          }}
        />
      </FormGroup>
      <FormGroup label="Reviewers" fieldId="edit-reviewers">
        <TextInput
          id="edit-reviewers"
          value={draft.reviewers}
          aria-describedby="edit-reviewers-help"
          onChange={(_, reviewers) => {
            onChange({ reviewers });
          }}
        />
        <Help id="edit-reviewers-help">Names as the code host knows them, separated by commas.</Help>
      </FormGroup>
      <FormGroup label="Expires" fieldId="edit-expires">
        <TextInput
          id="edit-expires"
          type="date"
          value={draft.expires}
          validated={trouble.expires === undefined ? "default" : "error"}
          aria-describedby="edit-expires-help"
          onChange={(_, expires) => {
            onChange({ expires });
          }}
        />
        <Help id="edit-expires-help" trouble={trouble.expires}>
          The day (UTC) on which a temporary change must be gone; empty for a lasting one.
        </Help>
      </FormGroup>
    </Form>
  );
}

interface HelpProps {
  readonly id: string;
  readonly trouble?: string | undefined;
  readonly children?: string;
}

function Help({ id, trouble, children }: HelpProps): JSX.Element {
  return (
    <FormHelperText>
      <HelperText id={id}>
        {trouble !== undefined && <HelperTextItem variant="error">{trouble}</HelperTextItem>}
        {trouble === undefined && children !== undefined && <HelperTextItem>{children}</HelperTextItem>}
      </HelperText>
    </FormHelperText>
  );
}
