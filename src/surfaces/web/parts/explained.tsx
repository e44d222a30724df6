import { Button, Popover } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";

interface ExplainedProps {
  readonly title: string;
  readonly explanation: ReactNode;
  readonly children: ReactNode;
}

/** A figure that says what it means when pressed, for mouse, keyboard and touch alike. */
export function Explained({ title, explanation, children }: ExplainedProps): JSX.Element {
  return (
    <Popover headerContent={title} bodyContent={explanation} headerComponent="h2" aria-label={title}>
      <Button variant="link" isInline className="postern-explained">
        {children}
      </Button>
    </Popover>
  );
}
