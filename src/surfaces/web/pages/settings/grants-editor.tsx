import { Button, FormSelect, FormSelectOption, TextInput } from "@patternfly/react-core";
import type { JSX } from "react";
import { type Grant, grantTrouble, verbTitles } from "./grants.ts";

interface GrantsEditorProps {
  readonly grants: readonly Grant[];
  readonly onChange: (grants: readonly Grant[]) => void;
}

/** What somebody may do, and where: one line each. Who may edit or decide may see as well. */
export function GrantsEditor({ grants, onChange }: GrantsEditorProps): JSX.Element {
  const change = (index: number, next: Partial<Grant>): void => {
    onChange(grants.map((grant, at) => (at === index ? { ...grant, ...next } : grant)));
  };
  return (
    <fieldset className="postern-grants">
      <legend className="pf-v6-c-form__label-text">Permissions</legend>
      <p id="grants-help" className="postern-subtle">
        Where is <code>cluster/namespace</code>; <code>*</code> stands for any letters, and alone for everything.
        Whoever may edit or decide may see as well.
      </p>
      {grants.map((grant, index) => (
        // A line is known by its place: its text changes while somebody types.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className="postern-grants__line">
          <FormSelect
            id={`grant-verb-${index}`}
            aria-label={`Permission ${index + 1}`}
            value={grant.verb}
            className="postern-grants__verb"
            onChange={(_, verb) => {
              change(index, { verb: verb as Grant["verb"] });
            }}
          >
            {Object.entries(verbTitles).map(([verb, title]) => (
              <FormSelectOption key={verb} value={verb} label={title} />
            ))}
          </FormSelect>
          <TextInput
            id={`grant-where-${index}`}
            aria-label={`Where permission ${index + 1} holds`}
            aria-describedby="grants-help"
            value={grant.where}
            spellCheck={false}
            autoCapitalize="none"
            validated={grantTrouble(grant.where) === undefined ? "default" : "error"}
            onChange={(_, where) => {
              change(index, { where: where.trim() });
            }}
          />
          <Button
            variant="plain"
            aria-label={`Remove permission ${index + 1}`}
            onClick={() => {
              onChange(grants.filter((_, at) => at !== index));
            }}
          >
            ✕
          </Button>
        </div>
      ))}
      <Button
        variant="link"
        isInline
        onClick={() => {
          onChange([...grants, { verb: "view", where: "" }]);
        }}
      >
        Add a permission
      </Button>
    </fieldset>
  );
}
