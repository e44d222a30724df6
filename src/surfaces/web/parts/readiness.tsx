import { Icon } from "@patternfly/react-core";
import { CheckCircleIcon } from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import { ExclamationCircleIcon } from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";
import { ExclamationTriangleIcon } from "@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon";
import type { JSX } from "react";
import { Explained } from "./explained.tsx";
import { formatShare } from "./formats.ts";

/** The steps that the overview counts by. */
export function readinessStep(share: number): {
  readonly word: string;
  readonly status: "success" | "warning" | "danger";
} {
  if (share >= 0.99) return { word: "ready", status: "success" };
  if (share >= 0.95) return { word: "nearly ready", status: "success" };
  if (share >= 0.8) return { word: "watch longer", status: "warning" };
  return { word: "not ready", status: "danger" };
}

const icons = {
  success: <CheckCircleIcon />,
  warning: <ExclamationTriangleIcon />,
  danger: <ExclamationCircleIcon />,
};

/** Chance that nothing needed is blocked in the day after enforcing. */
export function Readiness({ day }: { readonly day: number | null }): JSX.Element {
  if (day === null) return <>not known</>;
  const { word, status } = readinessStep(day);
  return (
    <Explained
      title={`Readiness: ${word}`}
      explanation={`The chance that a day after enforcing nothing needed is blocked: ${formatShare(day)}. It is learned from how often new destinations still appear, how complete the recording is and which schedules were not seen yet.`}
    >
      <Icon status={status} isInline className="postern-icon-before">
        {icons[status]}
      </Icon>
      {formatShare(day)}
    </Explained>
  );
}
