import { DatePicker, FormGroup, FormHelperText, HelperText, HelperTextItem, NumberInput } from "@patternfly/react-core";
import type { JSX } from "react";
import { formatDay } from "../../parts/time.tsx";
import { dayOf, leastPercent, type Terms, whyNot } from "./phase-terms.ts";

interface AutomationTermsProps {
  readonly terms: Terms;
  readonly nowMs: number;
  readonly objection: string | undefined;
  readonly onChange: (terms: Terms) => void;
}

/** From which readiness on, and until when nobody needs to look. */
export function AutomationTerms({ terms, nowMs, objection, onChange }: AutomationTermsProps): JSX.Element {
  const { percent, reviewByMs } = terms;
  const setPercent = (next: number): void => {
    onChange({ ...terms, percent: Math.min(100, Math.max(leastPercent, next)) });
  };
  return (
    <>
      <FormGroup label="Least readiness for a day, in percent" fieldId="threshold">
        <NumberInput
          inputProps={{ id: "threshold" }}
          inputAriaLabel="Least readiness in percent"
          minusBtnAriaLabel="Less"
          plusBtnAriaLabel="More"
          unit="%"
          min={leastPercent}
          max={100}
          value={percent}
          onMinus={() => {
            setPercent(percent - 1);
          }}
          onPlus={() => {
            setPercent(percent + 1);
          }}
          onChange={(event) => {
            // Half-typed numbers are small; what is too small is said, not changed under the fingers.
            const value = Number(event.currentTarget.value);
            if (Number.isFinite(value)) onChange({ ...terms, percent: value });
          }}
        />
      </FormGroup>
      <FormGroup label="People look again by" fieldId="review-by" isRequired>
        <DatePicker
          inputProps={{ id: "review-by" }}
          aria-label="People look again by"
          value={dayOf(reviewByMs)}
          validators={[(date) => whyNot({ ...terms, reviewByMs: date.getTime() }, nowMs) ?? ""]}
          onChange={(_, day) => {
            onChange({ ...terms, reviewByMs: Date.parse(`${day}T00:00:00`) });
          }}
        />
        <FormHelperText>
          <HelperText>
            <HelperTextItem variant={objection === undefined ? "default" : "error"}>
              {objection ?? `After ${formatDay(reviewByMs)} nothing is automated until somebody confirms it.`}
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
    </>
  );
}
