import { Button, Label } from "@patternfly/react-core";
import type { JSX } from "react";
import type { RuleEvidence } from "../../../../app/wire/dossier.ts";
import type { NamespaceRef } from "../../../../app/wire/list.ts";
import { countOf } from "../../parts/formats.ts";
import { trafficPath } from "../../parts/links.ts";
import { NumberLink } from "../../parts/number-link.tsx";
import { Time } from "../../parts/time.tsx";

interface RuleCardProps {
  readonly rule: RuleEvidence;
  readonly where: NamespaceRef;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

/** Why a rule is there, and what it decides. */
export function RuleCard({ rule, where, isChosen, onChoose }: RuleCardProps): JSX.Element {
  const { index, action, destination, ports, reason, service, runnerUp, workloads, connections, flows, lastSeenMs } =
    rule;
  const isAddress = /^[\da-f.:]+(?:\/\d+)?$/i.test(destination);
  return (
    <li data-rule={index} className={isChosen ? "postern-rule postern-rule--chosen" : "postern-rule"}>
      <div className="postern-rule__head">
        <Label
          isCompact
          variant="outline"
          {...(action === "Allow" ? { status: "success" } : { color: "red" as const })}
        >
          {action}
        </Label>
        <Button variant="link" isInline aria-pressed={isChosen} onClick={onChoose}>
          Rule {index}: {destination}
        </Button>
        <span className="postern-under">{ports}</span>
      </div>
      <p>{reason}</p>
      {service !== "" && service !== destination && <p className="postern-under">Service: {service}</p>}
      {runnerUp !== "" && <p className="postern-under">Not chosen: {runnerUp}</p>}
      {workloads.length > 0 && <p className="postern-under">Used by {workloads.join(", ")}</p>}
      <p className="postern-rule__numbers">
        <NumberLink
          value={connections}
          to={trafficPath({
            cluster: where.cluster,
            namespace: where.namespace,
            window: "30d",
            ...(isAddress ? { address: destination } : { name: destination }),
          })}
          of={`connections decided by rule ${index}`}
        >
          {countOf(connections, "connection")}
        </NumberLink>{" "}
        · {countOf(flows, "flow")} · last <Time ms={lastSeenMs} />
      </p>
    </li>
  );
}
