import { css } from "@patternfly/react-styles";
import type { JSX, ReactNode } from "react";
import { Link } from "react-router";

interface LinkButtonProps {
  readonly to: string;
  readonly variant?: "primary" | "secondary" | "link";
  readonly children: ReactNode;
}

/** Goes to another page and looks like a button: for the one thing that a page wants people to do. */
export function LinkButton({ to, variant = "primary", children }: LinkButtonProps): JSX.Element {
  return (
    <Link to={to} className={css("pf-v6-c-button", `pf-m-${variant}`)}>
      <span className="pf-v6-c-button__text">{children}</span>
    </Link>
  );
}
