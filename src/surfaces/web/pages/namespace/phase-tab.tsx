import { ActionGroup, Alert, Button, Form, FormGroup, Radio } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import type { NamespaceDetail, PhaseChange, PhaseView } from "../../../../app/wire/namespaces.ts";
import { send } from "../../api/client.ts";
import { queryClient } from "../../api/queries.ts";
import { formatShare } from "../../parts/formats.ts";
import { formatDay, useNow } from "../../parts/time.tsx";
import { toast } from "../../shell/toasts.tsx";
import { AutomationTerms } from "./automation-terms.tsx";
import { firstTerms, isChanged, whyNot } from "./phase-terms.ts";

const phases = [
  {
    value: "observe",
    title: "Observe",
    means: "Postern watches and learns. It proposes nothing by itself.",
  },
  {
    value: "review",
    title: "Review",
    means: "Postern proposes; people decide, and every change goes through a pull request.",
  },
  {
    value: "automate",
    title: "Automate",
    means:
      "Changes of low risk go without a person when readiness is above the threshold, within the organisation's budget and windows. It stops by itself when something needed is denied.",
  },
] as const;

/** How far Postern may go here. */
export function PhaseTab({ detail }: { readonly detail: NamespaceDetail }): JSX.Element {
  const { cluster, namespace, automation } = detail;
  const [phase, setPhase] = useState<PhaseChange["phase"]>(detail.phase);
  const nowMs = useNow();
  const [terms, setTerms] = useState(() => firstTerms(automation, nowMs));
  const objection = phase === "automate" ? whyNot(terms, nowMs) : undefined;
  const change = useMutation({
    mutationFn: async (wanted: PhaseChange) =>
      send<PhaseView>(
        "PUT",
        `namespaces/${encodeURIComponent(cluster)}/${encodeURIComponent(namespace)}/phase`,
        wanted,
      ),
    onSuccess: (view) => {
      void queryClient.invalidateQueries({ queryKey: ["namespaces"] });
      toast({ title: `${namespace} is in phase ${view.phase}` });
    },
    onError: (error) => {
      toast({ variant: "danger", title: "The phase was not changed", body: error.message });
    },
  });
  const { mayChange } = automation;
  return (
    <>
      <InForce detail={detail} nowMs={nowMs} />
      <Form
        isWidthLimited
        onSubmit={(event) => {
          event.preventDefault();
          if (!mayChange || objection !== undefined) return;
          const { percent, reviewByMs } = terms;
          change.mutate(phase === "automate" ? { phase, threshold: percent / 100, reviewByMs } : { phase });
        }}
      >
        <FormGroup role="radiogroup" fieldId="phase" label="Phase" isStack>
          {phases.map(({ value, title, means }) => (
            <Radio
              key={value}
              id={`phase-${value}`}
              name="phase"
              label={title}
              description={means}
              isChecked={phase === value}
              isDisabled={!mayChange}
              onChange={() => {
                setPhase(value);
              }}
            />
          ))}
        </FormGroup>
        {phase === "automate" && mayChange && (
          <AutomationTerms terms={terms} nowMs={nowMs} objection={objection} onChange={setTerms} />
        )}
        {mayChange && (
          <ActionGroup>
            <Button
              type="submit"
              isLoading={change.isPending}
              isDisabled={objection !== undefined || change.isPending || !isChanged(detail, phase, terms)}
            >
              {automation.stoppedBecause !== null && phase === "automate" ? "Start again" : "Change phase"}
            </Button>
          </ActionGroup>
        )}
      </Form>
    </>
  );
}

/** What holds today, before anybody changes it. */
function InForce({ detail, nowMs }: { readonly detail: NamespaceDetail; readonly nowMs: number }): JSX.Element {
  const { phase, automation } = detail;
  const { threshold, reviewByMs, stoppedBecause, mayChange } = automation;
  const isPast = reviewByMs !== null && reviewByMs <= nowMs;
  return (
    <div className="postern-phase">
      {stoppedBecause !== null && (
        <Alert variant="warning" isInline title="Automation stopped itself here" component="h2">
          <p>{stoppedBecause}</p>
          <p>Nothing goes without a person until somebody says the phase again.</p>
        </Alert>
      )}
      {phase === "automate" && stoppedBecause === null && (
        <Alert
          variant={isPast ? "warning" : "info"}
          isInline
          component="h2"
          title={isPast ? "People should have looked again by now" : "Changes of low risk go without a person"}
        >
          {reviewByMs === null || !isPast
            ? `From a readiness of ${formatShare(threshold)} on${reviewByMs === null ? "" : `, until ${formatDay(reviewByMs)}`}.`
            : `Since ${formatDay(reviewByMs)} nothing is automated; choose another day to go on.`}
        </Alert>
      )}
      {!mayChange && <p className="postern-calm">Administrators of this namespace may change its phase.</p>}
    </div>
  );
}
