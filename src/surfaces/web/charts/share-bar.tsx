import type { JSX } from "react";
import { NumberLink } from "../parts/number-link.tsx";

export interface Share {
  readonly key: string;
  readonly title: string;
  readonly value: number;
  readonly to: string;
  /** Class of its look: `postern-share--enforced`. */
  readonly look: string;
}

/** How a whole is made up: a bar to see, and a list to read and to follow. */
export function ShareBar({ shares, of }: { readonly shares: readonly Share[]; readonly of: string }): JSX.Element {
  const total = shares.reduce((sum, { value }) => sum + value, 0);
  return (
    <div className="postern-shares">
      <div className="postern-shares__bar" aria-hidden="true">
        {shares
          .filter(({ value }) => value > 0)
          .map(({ key, value, look }) => (
            <span key={key} className={look} style={{ flexGrow: value }} />
          ))}
      </div>
      <ul className="postern-shares__list">
        {shares.map(({ key, title, value, to, look }) => (
          <li key={key}>
            <span className={`postern-shares__key ${look}`} aria-hidden="true" />
            <span className="postern-shares__title">{title}</span>
            <NumberLink value={value} to={to} of={`${of}: ${title}`} />
            <span className="postern-shares__part">{total === 0 ? "" : `${Math.round((value / total) * 100)} %`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
