import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import type { PhaseView } from "../wire/namespaces.ts";
import type { AutomationSettings } from "../wire/settings.ts";

/** How far Postern may go in a namespace, as it is in force: what was not said of it is the organisation's. */
export function phaseView(
  record: NamespaceRecord,
  open: readonly Proposal[],
  settings: Pick<AutomationSettings, "threshold">,
): PhaseView {
  const { cluster, namespace, phase, threshold, reviewByMs, stoppedBecause } = record;
  return {
    cluster,
    namespace,
    phase,
    threshold: threshold ?? settings.threshold,
    reviewByMs: reviewByMs ?? null,
    stoppedBecause: stoppedBecause ?? null,
    risk: riskOfNamespace(record, open),
  };
}

const levels = ["low", "medium", "high"] as const;

/** Of what waits to be decided there, the worst; with nothing waiting, by how sure what would be learned is. */
function riskOfNamespace({ readinessDay }: NamespaceRecord, open: readonly Proposal[]): PhaseView["risk"] {
  const worst = levels.findLast((level) => open.some(({ risk }) => risk === level));
  if (worst !== undefined) return worst;
  if (readinessDay === undefined || readinessDay < 0.8) return "high";
  return readinessDay < 0.95 ? "medium" : "low";
}
