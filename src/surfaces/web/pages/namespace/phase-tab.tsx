import {
  ActionGroup,
  Alert,
  Button,
  DatePicker,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  NumberInput,
  Radio,
} from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import type { NamespaceDetail, PhaseChange, PhaseView } from "../../../../app/wire/namespaces.ts";
import { send } from "../../api/client.ts";
import { queryClient } from "../../api/queries.ts";
import { formatDay, useNow } from "../../parts/time.tsx";
import { toast } from "../../shell/toasts.tsx";

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

const dayMs = 86_400_000;

/** How far Postern may go here. */
export function PhaseTab({ detail }: { readonly detail: NamespaceDetail }): JSX.Element {
  const { cluster, namespace } = detail;
  const [phase, setPhase] = useState<PhaseChange["phase"]>(detail.phase);
  const [percent, setPercent] = useState(99);
  const [reviewBy, setReviewBy] = useState(() => isoDay(Date.now() + 90 * dayMs));
  const nowMs = useNow();
  const reviewByMs = Date.parse(`${reviewBy}T00:00:00`);
  const isDated = phase !== "automate" || reviewByMs > nowMs;
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
  return (
    <Form
      isWidthLimited
      onSubmit={(event) => {
        event.preventDefault();
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
            onChange={() => {
              setPhase(value);
            }}
          />
        ))}
      </FormGroup>
      {phase === "automate" && (
        <>
          <FormGroup label="Least readiness for a day, in percent" fieldId="threshold">
            <NumberInput
              inputProps={{ id: "threshold" }}
              inputAriaLabel="Least readiness in percent"
              minusBtnAriaLabel="Less"
              plusBtnAriaLabel="More"
              unit="%"
              min={50}
              max={100}
              value={percent}
              onMinus={() => {
                setPercent(Math.max(50, percent - 1));
              }}
              onPlus={() => {
                setPercent(Math.min(100, percent + 1));
              }}
              onChange={(event) => {
                const value = Number(event.currentTarget.value);
                if (Number.isFinite(value)) setPercent(Math.min(100, Math.max(0, value)));
              }}
            />
          </FormGroup>
          <FormGroup label="People look again by" fieldId="review-by" isRequired>
            <DatePicker
              inputProps={{ id: "review-by" }}
              aria-label="People look again by"
              value={reviewBy}
              validators={[(date) => (date.getTime() > Date.now() ? "" : "choose a day to come")]}
              onChange={(_, value) => {
                setReviewBy(value);
              }}
            />
            <FormHelperText>
              <HelperText>
                <HelperTextItem variant={isDated ? "default" : "error"}>
                  {isDated
                    ? `After ${formatDay(reviewByMs)} nothing is automated until somebody confirms it.`
                    : "choose a day to come"}
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
        </>
      )}
      {change.data?.stoppedBecause !== undefined && change.data.stoppedBecause !== null && (
        <Alert variant="warning" isInline title="Automation stopped itself">
          {change.data.stoppedBecause}
        </Alert>
      )}
      <ActionGroup>
        <Button
          type="submit"
          isLoading={change.isPending}
          isDisabled={!isDated || change.isPending || (phase === detail.phase && phase !== "automate")}
        >
          Change phase
        </Button>
      </ActionGroup>
    </Form>
  );
}

/** `2026-11-23` on the reader's calendar. */
function isoDay(ms: number): string {
  const date = new Date(ms);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
