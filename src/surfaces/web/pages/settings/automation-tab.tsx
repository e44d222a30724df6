import {
  Alert,
  Button,
  Card,
  CardBody,
  CardTitle,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Radio,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import { Link } from "react-router";
import type { AutomationSettings, SettingsView } from "../../../../app/wire/settings.ts";
import { send } from "../../api/client.ts";
import { toast } from "../../shell/toasts.tsx";
import { LeaveDialog } from "../editor/leave-dialog.tsx";
import { useLeaveGuard } from "../editor/use-leave-guard.ts";
import { Refusal } from "../proposal/decision-dialog.tsx";
import { InlineCode } from "../proposal/inline-code.tsx";
import { automationTroubles, dayNames, patternsOf } from "./windows.ts";

interface AutomationTabProps {
  readonly settings: SettingsView;
  readonly isReadOnly: boolean;
}

const phases = [
  ["observe", "Observe", "Only learns and shows."],
  ["review", "Review", "Proposes; people decide."],
  ["automate", "Automate", "Goes ahead by itself where risk is low and readiness high enough."],
] as const;

/** What may go without a person, how often, and when. */
export function AutomationTab({ settings, isReadOnly }: AutomationTabProps): JSX.Element {
  const [draft, setDraft] = useState<AutomationSettings>(settings.automation);
  const [never, setNever] = useState(settings.automation.never.join("\n"));
  const [refusal, setRefusal] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const queries = useQueryClient();
  const wanted: AutomationSettings = { ...draft, never: [...patternsOf(never)] };
  const isDirty = JSON.stringify(wanted) !== JSON.stringify(settings.automation);
  const troubles = automationTroubles(wanted);
  const blocker = useLeaveGuard(isDirty && !isBusy && !isReadOnly);
  const change = (changes: Partial<AutomationSettings>): void => {
    setDraft((now) => ({ ...now, ...changes }));
  };
  const save = async (): Promise<void> => {
    setBusy(true);
    setRefusal(undefined);
    try {
      const next = await send<SettingsView>("PUT", "settings/automation", wanted, { ifMatch: settings.version });
      queries.setQueryData(["settings", "settings", {}], next);
      toast({ title: "Automation was changed" });
    } catch (error) {
      setRefusal(error);
    }
    setBusy(false);
  };
  return (
    <Card>
      <CardTitle component="h2">Automation</CardTitle>
      <CardBody>
        {isReadOnly && (
          <Alert
            isInline
            variant="info"
            component="h3"
            title="Only administrators change these"
            className="postern-alert"
          />
        )}
        <Form
          className="postern-form"
          onSubmit={(event: { preventDefault: () => void }) => {
            event.preventDefault();
            if (isDirty && troubles.length === 0 && !isReadOnly) void save();
          }}
        >
          {refusal !== undefined && <Refusal error={refusal} />}
          <FormGroup role="radiogroup" label="Phase of new namespaces" fieldId="automation-phase" isStack>
            {phases.map(([value, label, description]) => (
              <Radio
                key={value}
                id={`default-phase-${value}`}
                name="default-phase"
                label={label}
                description={description}
                isDisabled={isReadOnly}
                isChecked={draft.defaultPhase === value}
                onChange={() => {
                  change({ defaultPhase: value });
                }}
              />
            ))}
            <p className="postern-subtle">
              The phase of one namespace is changed on <Link to="/namespaces">its own page</Link>.
            </p>
          </FormGroup>
          <NumberField
            id="automation-threshold"
            label="Least readiness, in percent"
            help="For a day: below it nothing goes without a person."
            value={Math.round(draft.threshold * 10_000) / 100}
            min={50}
            max={100}
            step={0.1}
            isDisabled={isReadOnly}
            onChange={(percent) => {
              change({ threshold: Math.round(percent * 100) / 10_000 });
            }}
          />
          <NumberField
            id="automation-budget"
            label="Most changes in 24 hours"
            help="Over all namespaces; 0 stops automation everywhere."
            value={draft.changesPerDay}
            min={0}
            max={10_000}
            step={1}
            isDisabled={isReadOnly}
            onChange={(changesPerDay) => {
              change({ changesPerDay });
            }}
          />
          <NumberField
            id="automation-review"
            label="People look again after days"
            help="A namespace goes back to review when nobody looked by then."
            value={draft.reviewEveryDays}
            min={1}
            max={366}
            step={1}
            isDisabled={isReadOnly}
            onChange={(reviewEveryDays) => {
              change({ reviewEveryDays });
            }}
          />
          <Windows draft={draft} isDisabled={isReadOnly} onChange={change} />
          <FormGroup label="Time zone" fieldId="automation-zone">
            <TextInput
              id="automation-zone"
              value={draft.timeZone}
              isDisabled={isReadOnly}
              onChange={(_, timeZone) => {
                change({ timeZone });
              }}
            />
          </FormGroup>
          <FormGroup label="Never these namespaces" fieldId="automation-never">
            <TextArea
              id="automation-never"
              rows={4}
              resizeOrientation="vertical"
              value={never}
              disabled={isReadOnly}
              aria-describedby="automation-never-help"
              onChange={(_, text) => {
                setNever(text);
              }}
            />
            <FormHelperText>
              <HelperText id="automation-never-help">
                <HelperTextItem>
                  One pattern a line, such as <code>openshift-*</code>.
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
          <FormGroup
            role="radiogroup"
            label="When a merged change blocks something needed"
            fieldId="automation-blocked"
            isStack
          >
            {(
              [
                ["open-revert", "Open a pull request that reverts it"],
                ["merge-revert", "Open and merge it"],
              ] as const
            ).map(([value, label]) => (
              <Radio
                key={value}
                id={`on-blocked-${value}`}
                name="on-blocked"
                label={label}
                isDisabled={isReadOnly}
                isChecked={draft.onBlocked === value}
                onChange={() => {
                  change({ onBlocked: value });
                }}
              />
            ))}
          </FormGroup>
          {troubles.length > 0 && (
            <Alert isInline variant="danger" component="h3" title="This cannot be saved yet" role="alert">
              <ul>
                {troubles.map((trouble) => (
                  <li key={trouble}>
                    <InlineCode text={trouble} />
                  </li>
                ))}
              </ul>
            </Alert>
          )}
          {!isReadOnly && (
            <div>
              <Button type="submit" isLoading={isBusy} isDisabled={isBusy || !isDirty || troubles.length > 0}>
                Save
              </Button>
            </div>
          )}
        </Form>
        <LeaveDialog blocker={blocker} />
      </CardBody>
    </Card>
  );
}

interface NumberFieldProps {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly isDisabled: boolean;
  readonly onChange: (value: number) => void;
}

function NumberField({ id, label, help, value, min, max, step, isDisabled, onChange }: NumberFieldProps): JSX.Element {
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput
        id={id}
        type="number"
        className="postern-number-field"
        value={Number.isNaN(value) ? "" : value}
        min={min}
        max={max}
        step={step}
        isDisabled={isDisabled}
        aria-describedby={`${id}-help`}
        onChange={(_, text) => {
          onChange(text === "" ? Number.NaN : Number(text));
        }}
      />
      <FormHelperText>
        <HelperText id={`${id}-help`}>
          <HelperTextItem>{help}</HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

interface WindowsProps {
  readonly draft: AutomationSettings;
  readonly isDisabled: boolean;
  readonly onChange: (change: Partial<AutomationSettings>) => void;
}

function Windows({ draft, isDisabled, onChange }: WindowsProps): JSX.Element {
  const { windows } = draft;
  const put = (at: number, change: Partial<(typeof windows)[number]>): void => {
    onChange({ windows: windows.map((window, index) => (index === at ? { ...window, ...change } : window)) });
  };
  return (
    <FormGroup role="group" label="When it may act" fieldId="automation-windows" isStack>
      {windows.length === 0 && <p>At any time.</p>}
      {windows.map((window, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- A window is its place.
        <fieldset key={at} className="postern-window">
          <legend>Window {at + 1}</legend>
          <div className="postern-window__days">
            {dayNames.map((name, index) => (
              <Checkbox
                key={name}
                id={`window-${at}-${name}`}
                label={name}
                isDisabled={isDisabled}
                isChecked={window.days.includes(index + 1)}
                onChange={(_, isOn) => {
                  const days = isOn
                    ? [...window.days, index + 1].sort((one, other) => one - other)
                    : window.days.filter((day) => day !== index + 1);
                  put(at, { days });
                }}
              />
            ))}
          </div>
          <div className="postern-window__times">
            {(["from", "to"] as const).map((edge) => (
              <label key={edge} htmlFor={`window-${at}-${edge}`}>
                {edge === "from" ? "From" : "to"}
                <TextInput
                  id={`window-${at}-${edge}`}
                  type="time"
                  value={window[edge]}
                  isDisabled={isDisabled}
                  onChange={(_, time) => {
                    put(at, { [edge]: time });
                  }}
                />
              </label>
            ))}
            {!isDisabled && (
              <Button
                variant="link"
                aria-label={`Remove window ${at + 1}`}
                onClick={() => {
                  onChange({ windows: windows.filter((_, index) => index !== at) });
                }}
              >
                Remove
              </Button>
            )}
          </div>
        </fieldset>
      ))}
      {!isDisabled && windows.length < 20 && (
        <div>
          <Button
            variant="link"
            isInline
            onClick={() => {
              onChange({ windows: [...windows, { days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00" }] });
            }}
          >
            Add a window
          </Button>
        </div>
      )}
    </FormGroup>
  );
}
