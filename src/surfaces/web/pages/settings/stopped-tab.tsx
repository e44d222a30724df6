import {
  Button,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  Radio,
  TextInput,
} from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import { Link } from "react-router";
import type { PhaseChange } from "../../../../app/wire/namespaces.ts";
import type { SettingsView } from "../../../../app/wire/settings.ts";
import { send } from "../../api/client.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { namespacePath } from "../../parts/links.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { toast } from "../../shell/toasts.tsx";
import { Refusal } from "../proposal/decision-dialog.tsx";
import { InlineCode } from "../proposal/inline-code.tsx";

type Stopped = SettingsView["stopped"][number];

interface StoppedTabProps {
  readonly stopped: SettingsView["stopped"];
  readonly isReadOnly: boolean;
}

/** Where automation stopped itself, why, and how it goes on. */
export function StoppedTab({ stopped, isReadOnly }: StoppedTabProps): JSX.Element {
  const [resuming, setResuming] = useState<Stopped>();
  if (stopped.length === 0) {
    return (
      <Nothing title="No roll-out has stopped">
        When a merged change blocks something that is needed, automation stops there and says so here.
      </Nothing>
    );
  }
  return (
    <>
      <div className="postern-table-place">
        <DataTable
          label="Stopped roll-outs"
          rows={stopped}
          rowKey={({ cluster, namespace }) => `${cluster}/${namespace}`}
          columns={[
            {
              key: "namespace",
              title: "Namespace",
              cell: (row: Stopped) => <Link to={namespacePath(row)}>{`${row.cluster} / ${row.namespace}`}</Link>,
            },
            { key: "because", title: "Because", cell: ({ because }: Stopped) => <InlineCode text={because} /> },
            ...(isReadOnly
              ? []
              : [
                  {
                    key: "resume",
                    title: "Go on",
                    cell: (row: Stopped) => (
                      <Button
                        variant="secondary"
                        size="sm"
                        aria-label={`Resume ${row.namespace}`}
                        onClick={() => {
                          setResuming(row);
                        }}
                      >
                        Resume…
                      </Button>
                    ),
                  },
                ]),
          ]}
        />
      </div>
      {resuming !== undefined && (
        <ResumeDialog
          stopped={resuming}
          onClose={() => {
            setResuming(undefined);
          }}
        />
      )}
    </>
  );
}

function ResumeDialog({ stopped, onClose }: { readonly stopped: Stopped; readonly onClose: () => void }): JSX.Element {
  const { cluster, namespace, because } = stopped;
  const [phase, setPhase] = useState<"review" | "automate">("review");
  const [day, setDay] = useState(() => new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
  const [refusal, setRefusal] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const queries = useQueryClient();
  const reviewByMs = Date.parse(`${day}T00:00:00Z`);
  const resume = async (): Promise<void> => {
    setBusy(true);
    try {
      const change: PhaseChange = phase === "automate" ? { phase, reviewByMs } : { phase };
      await send("PUT", `namespaces/${encodeURIComponent(cluster)}/${encodeURIComponent(namespace)}/phase`, change);
      void queries.invalidateQueries();
      toast({ title: `${namespace} goes on in ${phase}` });
      onClose();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="resume-title">
      <ModalHeader title={`Go on with ${namespace}?`} labelId="resume-title" />
      <ModalBody>
        <p className="postern-dialog-text">
          It stopped because <InlineCode text={because} />.
        </p>
        {refusal !== undefined && <Refusal error={refusal} />}
        <Form
          id="resume-form"
          onSubmit={(event: { preventDefault: () => void }) => {
            event.preventDefault();
            void resume();
          }}
        >
          <FormGroup role="radiogroup" label="In which phase" fieldId="resume-phase" isStack>
            <Radio
              id="resume-review"
              name="resume-phase"
              label="Review"
              description="People decide about every change again."
              isChecked={phase === "review"}
              onChange={() => {
                setPhase("review");
              }}
            />
            <Radio
              id="resume-automate"
              name="resume-phase"
              label="Automate"
              description="Changes go by themselves again, within the limits."
              isChecked={phase === "automate"}
              onChange={() => {
                setPhase("automate");
              }}
            />
          </FormGroup>
          {phase === "automate" && (
            <FormGroup label="People look again by" isRequired fieldId="resume-by">
              <TextInput
                id="resume-by"
                type="date"
                value={day}
                isRequired
                aria-describedby="resume-by-help"
                onChange={(_, value) => {
                  setDay(value);
                }}
              />
              <FormHelperText>
                <HelperText id="resume-by-help">
                  <HelperTextItem>From that day on (UTC) it waits for people again.</HelperTextItem>
                </HelperText>
              </FormHelperText>
            </FormGroup>
          )}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="resume-form"
          isLoading={isBusy}
          isDisabled={isBusy || (phase === "automate" && Number.isNaN(reviewByMs))}
        >
          Resume
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
