import { Title } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";

/** A part of a source's page, under a heading. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }): JSX.Element {
  return (
    <section>
      <Title headingLevel="h2" size="md">
        {title}
      </Title>
      {children}
    </section>
  );
}
