import type { JSX, ReactNode } from "react";
import { Link } from "react-router";
import { formatCount, formatWhole } from "./formats.ts";

interface NumberLinkProps {
  readonly value: number;
  /** Page with what was counted. */
  readonly to: string;
  /** What was counted, for those who hear the link alone: `flows of shop`. */
  readonly of: string;
  readonly children?: ReactNode;
}

/** A number that leads to what was counted; nought leads nowhere. */
export function NumberLink({ value, to, of, children }: NumberLinkProps): JSX.Element {
  const text = children ?? formatCount(value);
  if (value === 0) return <span className="postern-number">{text}</span>;
  return (
    <Link to={to} className="postern-number" {...(value < 10_000 ? {} : { title: formatWhole(value) })}>
      {text}
      <span className="pf-v6-screen-reader"> {of}</span>
    </Link>
  );
}
