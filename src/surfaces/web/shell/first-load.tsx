import { Bullseye, Spinner } from "@patternfly/react-core";
import type { JSX } from "react";

export function FirstLoad(): JSX.Element {
  return (
    <Bullseye className="postern-first-load">
      <Spinner aria-label="Loading" />
    </Bullseye>
  );
}
