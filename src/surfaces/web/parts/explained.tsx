import { Button, Popover } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";

interface ExplainedProps {
  readonly title: string;
  readonly explanation: ReactNode;
  readonly children: ReactNode;
  /** What the button is called; the text it shows when left out. */
  readonly label?: string;
}

/** A figure that says what it means when pressed, for mouse, keyboard and touch alike. */
export function Explained({ title, explanation, children, label }: ExplainedProps): JSX.Element {
  return (
    <Popover headerContent={title} bodyContent={explanation} headerComponent="h2" aria-label={title}>
      <Button
        variant="link"
        isInline
        className="postern-explained"
        {...(label === undefined ? {} : { "aria-label": label })}
      >
        {children}
      </Button>
    </Popover>
  );
}
