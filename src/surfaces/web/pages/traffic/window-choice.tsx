import { Button, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { SyncAltIcon } from "@patternfly/react-icons/dist/esm/icons/sync-alt-icon";
import type { JSX } from "react";
import { formatMoment } from "../../parts/time.tsx";
import type { UrlState } from "../../parts/use-url-state.ts";
import { type TimeWindow, windows } from "./time-window.ts";

interface WindowChoiceProps {
  readonly state: UrlState;
  readonly window: TimeWindow;
  readonly onRefresh: () => void;
}

/** How far back chart and table look. */
export function WindowChoice({ state, window, onRefresh }: WindowChoiceProps): JSX.Element {
  return (
    <div className="postern-traffic__window">
      <FormSelect
        aria-label="Window of time"
        value={window.value ?? "marked"}
        onChange={(_, value) => {
          state.change({ window: value, fromMs: undefined, toMs: undefined });
        }}
      >
        {window.value === undefined && (
          <FormSelectOption value="marked" label={`${formatMoment(window.fromMs)} – ${formatMoment(window.toMs)}`} />
        )}
        {windows.map(({ value, label }) => (
          <FormSelectOption key={value} value={value} label={label} />
        ))}
      </FormSelect>
      <Button variant="plain" aria-label="Ask anew" icon={<SyncAltIcon />} onClick={onRefresh} />
    </div>
  );
}
