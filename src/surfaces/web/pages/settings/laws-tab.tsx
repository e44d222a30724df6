import {
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Label,
  TextInput,
} from "@patternfly/react-core";
import { type JSX, useState } from "react";
import type { LawDocument } from "../../../../app/wire/settings.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { Time } from "../../parts/time.tsx";
import { LawEditor } from "./law-editor.tsx";

const firstLaw = [
  "# The organisation's law for egress policies. Every clause has a name that refusals cite.",
  "apiVersion: postern.dev/v1",
  "kind: EgressLaw",
  "metadata:",
  "  name: company",
  "spec:",
  "  clauses:",
  "    - name: no-metadata",
  "      mustDeny: { addresses: [169.254.169.254, 'fd00:ec2::254'] }",
  "    - name: closed",
  "      defaultDeny: true",
  "",
].join("\n");

interface LawsTabProps {
  readonly laws: readonly LawDocument[];
  readonly isReadOnly: boolean;
}

/** Every document of the law; one at a time is edited. */
export function LawsTab({ laws, isReadOnly }: LawsTabProps): JSX.Element {
  const [editing, setEditing] = useState<string>();
  const [isNew, setNew] = useState(false);
  const law = laws.find(({ name }) => name === editing);
  if (law !== undefined) {
    return (
      <LawEditor
        key={law.name}
        name={law.name}
        text={law.text}
        version={law.version}
        isReadOnly={isReadOnly || law.changedBy.subject.startsWith("file:")}
        onClose={() => {
          setEditing(undefined);
        }}
      />
    );
  }
  if (isNew) {
    return (
      <NewLaw
        taken={laws.map(({ name }) => name)}
        onClose={() => {
          setNew(false);
        }}
      />
    );
  }
  return (
    <>
      {laws.length === 0 ? (
        <Nothing
          title="There is no law yet"
          actions={
            isReadOnly ? undefined : (
              <Button
                onClick={() => {
                  setNew(true);
                }}
              >
                Write the first one
              </Button>
            )
          }
        >
          A law says what policies may never open, what they must have, and who approves what. Without one, every policy
          that is well formed can be approved.
        </Nothing>
      ) : (
        <div className="postern-laws">
          {laws.map((each) => (
            <Card key={each.name} isCompact>
              <CardTitle component="h2" className="postern-card-title-row">
                <span>
                  {each.name} <Label isCompact variant="outline">{`version ${each.version}`}</Label>
                  {each.changedBy.subject.startsWith("file:") && (
                    <Label isCompact variant="outline" className="postern-label-after">
                      from a file
                    </Label>
                  )}
                </span>
                <Button
                  variant="secondary"
                  size="sm"
                  aria-label={`${isReadOnly ? "Read" : "Edit"} the law ${each.name}`}
                  onClick={() => {
                    setEditing(each.name);
                  }}
                >
                  {isReadOnly ? "Read" : "Edit"}
                </Button>
              </CardTitle>
              <CardBody className="postern-subtle">
                Changed <Time ms={each.changedAtMs} /> by {each.changedBy.name}
              </CardBody>
            </Card>
          ))}
          {!isReadOnly && (
            <div>
              <Button
                variant="link"
                onClick={() => {
                  setNew(true);
                }}
              >
                New law
              </Button>
            </div>
          )}
        </div>
      )}
    </>
  );
}

function NewLaw({ taken, onClose }: { readonly taken: readonly string[]; readonly onClose: () => void }): JSX.Element {
  const [name, setName] = useState("company");
  const [isNamed, setNamed] = useState(false);
  const trouble = !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)
    ? "Small letters, digits and hyphens, as Kubernetes names things."
    : taken.includes(name)
      ? "There is a law of this name."
      : undefined;
  if (isNamed) {
    const text = firstLaw.replace("name: company", `name: ${name}`);
    return <LawEditor name={name} text={text} version={null} isReadOnly={false} onClose={onClose} />;
  }
  return (
    <Form
      className="postern-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (trouble === undefined) setNamed(true);
      }}
    >
      <FormGroup label="Name of the law" isRequired fieldId="law-name">
        <TextInput
          id="law-name"
          isRequired
          value={name}
          validated={trouble === undefined ? "default" : "error"}
          aria-describedby="law-name-help"
          onChange={(_, value) => {
            setName(value);
          }}
        />
        <FormHelperText>
          <HelperText id="law-name-help">
            <HelperTextItem variant={trouble === undefined ? "default" : "error"}>
              {trouble ?? "Refusals cite it, with its version."}
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
      <div>
        <Button type="submit" isDisabled={trouble !== undefined}>
          Write it
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </Form>
  );
}
