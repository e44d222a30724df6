import { Button, InputGroup, InputGroupItem, TextInput } from "@patternfly/react-core";
import { type JSX, useRef, useState } from "react";
import { announce } from "../../shell/announce.tsx";

interface CopyFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
}

/** A text to take elsewhere. Pages without TLS have no clipboard: there it is selected, ready for the keys that copy. */
export function CopyField({ id, label, value }: CopyFieldProps): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const [came, setCame] = useState<"copied" | "selected">();
  const copy = async (): Promise<void> => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      setCame("copied");
      announce(`${label} copied`);
    } catch {
      setCame("selected");
      announce(`${label} selected: press Ctrl+C`);
    }
  };
  return (
    <>
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput id={id} ref={field} aria-label={label} value={value} readOnlyVariant="default" />
        </InputGroupItem>
        <InputGroupItem>
          <Button
            variant="control"
            onClick={() => {
              void copy();
            }}
          >
            {came === "copied" ? "Copied" : "Copy"}
          </Button>
        </InputGroupItem>
      </InputGroup>
      {came === "selected" && (
        <p className="postern-subtle">
          The browser does not let this page copy: press <kbd>Ctrl</kbd>+<kbd>C</kbd>.
        </p>
      )}
    </>
  );
}
