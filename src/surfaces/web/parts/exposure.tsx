import type { JSX } from "react";
import type { ExposureView } from "../../../app/wire/list.ts";
import { Explained } from "./explained.tsx";
import { countOf, formatPower, sayPower } from "./formats.ts";

/** 2 to the n, as exponent. */
export function Power({ power }: { readonly power: number }): JSX.Element {
  return (
    <span className="postern-number">
      2<span className="pf-v6-screen-reader"> to the power of </span>
      <sup>{Number.isInteger(power) ? power : power.toFixed(1)}</sup>
    </span>
  );
}

/** The larger of both families: what dominates what stays open. */
export function widestPower({ v4, v6 }: Pick<ExposureView, "v4" | "v6">): number | null {
  return v4 === null ? v6 : v6 === null ? v4 : Math.max(v4, v6);
}

/** What a policy leaves open, explained when pressed. */
export function Exposure({ exposure }: { readonly exposure: ExposureView | null }): JSX.Element {
  if (exposure === null) return <>not known</>;
  const widest = widestPower(exposure);
  return (
    <Explained
      title="Exposure"
      explanation={
        <>
          <p>Pairs of address and port that stay reachable, as a power of two: one more doubles what is open.</p>
          <ul className="postern-plain-list">
            <li>{familyText("IPv4", exposure.v4)}</li>
            <li>{familyText("IPv6", exposure.v6)}</li>
            {exposure.unresolvedRules > 0 && (
              <li>{countOf(exposure.unresolvedRules, "rule")} by name, whose addresses are not counted</li>
            )}
          </ul>
          <p>
            Everything open is <Power power={49.6} /> for IPv4 (all addresses, all ports of TCP, UDP and SCTP) and{" "}
            <Power power={145.6} /> for IPv6.
          </p>
        </>
      }
    >
      {widest === null ? "nothing" : <Power power={widest} />}
      {exposure.unresolvedRules > 0 && ` + ${exposure.unresolvedRules} by name`}
    </Explained>
  );
}

function familyText(family: string, power: number | null): string {
  return power === null ? `${family}: nothing is open` : `${family}: ${formatPower(power)}, ${sayPower(power)} pairs`;
}
