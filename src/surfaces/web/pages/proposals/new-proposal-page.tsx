import {
  Button,
  Card,
  CardBody,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  PageSection,
  Progress,
  Radio,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, useCallback, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { ServerEvent } from "../../../../app/wire/events.ts";
import type { ProposalDetail, ProposalRequest } from "../../../../app/wire/proposals.ts";
import { send } from "../../api/client.ts";
import { type Progress as TaskProgress, useServerEvent } from "../../api/live.ts";
import { proposalPath } from "../../parts/links.ts";
import { PageHeader } from "../../parts/page-header.tsx";
import { useClusters } from "../../parts/use-clusters.ts";
import { useUrlState } from "../../parts/use-url-state.ts";
import { toast } from "../../shell/toasts.tsx";
import { Refusal } from "../proposal/decision-dialog.tsx";
import "../editor/editor.css";
import "../proposal/proposal.css";

const kinds = [
  "EgressFirewall",
  "EgressNetworkPolicy",
  "NetworkPolicy",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
  "CiliumNetworkPolicy",
  "CalicoNetworkPolicy",
] as const;

const postures = [
  ["strict", "Strict", "Exact addresses and names; may block what was rarely seen."],
  ["balanced", "Balanced", "Weighs what stays open against what might break."],
  ["available", "Available", "Leaves more room, so that less breaks."],
] as const;

/** Begin a proposal: learn a namespace now, or have a text judged. */
export function Component(): JSX.Element {
  const url = useUrlState();
  const from = url.one("from") === "text" ? "text" : "traffic";
  return (
    <>
      <PageHeader
        title="New proposal"
        above={[{ title: "Proposals", path: "/proposals" }]}
        description="It starts as a draft that only changes something once it is approved and merged."
      />
      <PageSection hasBodyWrapper={false} isFilled>
        <Card>
          <CardBody>
            <NewProposal
              from={from}
              onFrom={(next) => {
                url.change({ from: next === "text" ? "text" : undefined });
              }}
              cluster={url.one("cluster")}
              namespace={url.one("namespace")}
            />
          </CardBody>
        </Card>
      </PageSection>
    </>
  );
}

interface NewProposalProps {
  readonly from: "traffic" | "text";
  readonly onFrom: (from: "traffic" | "text") => void;
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
}

function NewProposal({ from, onFrom, ...given }: NewProposalProps): JSX.Element {
  const clusters = useClusters();
  const [cluster, setCluster] = useState(given.cluster ?? "");
  const [namespace, setNamespace] = useState(given.namespace ?? "");
  const [kind, setKind] = useState<string>(kinds[0]);
  const [posture, setPosture] = useState<"strict" | "balanced" | "available">("balanced");
  const [manifest, setManifest] = useState("");
  const [title, setTitle] = useState("");
  const [refusal, setRefusal] = useState<unknown>();
  const { progress, run, isBusy, stop } = useLearning();
  const navigate = useNavigate();
  const queries = useQueryClient();
  useEffect(() => {
    const [only] = clusters;
    if (cluster === "" && only !== undefined) setCluster(only.value);
  }, [cluster, clusters]);

  const isComplete = cluster !== "" && namespace.trim() !== "" && (from === "traffic" || manifest.trim() !== "");
  const make = async (): Promise<void> => {
    setRefusal(undefined);
    const where = { cluster, namespace: namespace.trim() };
    const request: ProposalRequest =
      from === "traffic"
        ? { from, ...where, kind, posture }
        : { from, ...where, manifest, ...(title.trim() === "" ? {} : { title: title.trim() }) };
    try {
      const made = await run(request);
      if (made === undefined) return;
      void queries.invalidateQueries({ queryKey: ["proposals"] });
      toast({ title: `Made #${made.number}` });
      void navigate(proposalPath(made.id));
    } catch (error) {
      setRefusal(error);
    }
  };

  return (
    <Form
      className="postern-form"
      onSubmit={(event: { preventDefault: () => void }) => {
        event.preventDefault();
        if (isComplete && !isBusy) void make();
      }}
    >
      {refusal !== undefined && <Refusal error={refusal} />}
      <FormGroup role="radiogroup" label="Made from" fieldId="new-from" isStack>
        <Radio
          id="from-traffic"
          name="from"
          label="Recorded traffic"
          description="Learns what the namespace needs from everything that was recorded of it."
          isChecked={from === "traffic"}
          onChange={() => {
            onFrom("traffic");
          }}
        />
        <Radio
          id="from-text"
          name="from"
          label="A text of mine"
          description="Judges a policy that you paste or write."
          isChecked={from === "text"}
          onChange={() => {
            onFrom("text");
          }}
        />
      </FormGroup>
      <FormGroup label="Cluster" isRequired fieldId="new-cluster">
        {clusters.length > 0 ? (
          <FormSelect
            id="new-cluster"
            value={cluster}
            onChange={(_, value) => {
              setCluster(value);
            }}
          >
            {clusters.map(({ value, label }) => (
              <FormSelectOption key={value} value={value} label={label} />
            ))}
          </FormSelect>
        ) : (
          <TextInput
            id="new-cluster"
            isRequired
            value={cluster}
            onChange={(_, value) => {
              setCluster(value);
            }}
          />
        )}
      </FormGroup>
      <FormGroup label="Namespace" isRequired fieldId="new-namespace">
        <TextInput
          id="new-namespace"
          isRequired
          value={namespace}
          autoComplete="off"
          onChange={(_, value) => {
            setNamespace(value);
          }}
        />
      </FormGroup>
      {from === "traffic" ? (
        <>
          <FormGroup label="Kind of policy" fieldId="new-kind">
            <FormSelect
              id="new-kind"
              value={kind}
              onChange={(_, value) => {
                setKind(value);
              }}
            >
              {kinds.map((each) => (
                <FormSelectOption key={each} value={each} label={each} />
              ))}
            </FormSelect>
          </FormGroup>
          <FormGroup role="radiogroup" label="How tight" fieldId="new-posture" isStack>
            {postures.map(([value, label, description]) => (
              <Radio
                key={value}
                id={`posture-${value}`}
                name="posture"
                label={label}
                description={description}
                isChecked={posture === value}
                onChange={() => {
                  setPosture(value);
                }}
              />
            ))}
          </FormGroup>
        </>
      ) : (
        <>
          <FormGroup label="Title" fieldId="new-title">
            <TextInput
              id="new-title"
              value={title}
              maxLength={200}
              onChange={(_, value) => {
                setTitle(value);
              }}
            />
          </FormGroup>
          <FormGroup label="Policy" isRequired fieldId="new-manifest">
            <TextArea
              id="new-manifest"
              className="postern-code-area"
              isRequired
              rows={14}
              resizeOrientation="vertical"
              value={manifest}
              spellCheck={false}
              aria-describedby="new-manifest-help"
              onChange={(_, value) => {
                setManifest(value);
              }}
            />
            <FormHelperText>
              <HelperText id="new-manifest-help">
                <HelperTextItem>YAML. The next page lints and judges it while you edit.</HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
        </>
      )}
      {isBusy && (
        <Progress
          title={progress?.title ?? (from === "traffic" ? "Learning from recorded traffic" : "Judging the text")}
          value={Math.round((progress?.done ?? 0) * 100)}
          aria-label="Progress"
          {...(progress === undefined ? { valueText: "started", label: "" } : {})}
        />
      )}
      <div>
        <Button type="submit" isDisabled={!isComplete || isBusy} isLoading={isBusy}>
          {from === "traffic" ? "Learn and propose" : "Propose"}
        </Button>
        {isBusy && (
          <Button variant="link" onClick={stop}>
            Stop
          </Button>
        )}
      </div>
    </Form>
  );
}

interface Learning {
  readonly isBusy: boolean;
  readonly progress: TaskProgress | undefined;
  /** Undefined when it was stopped. */
  readonly run: (request: ProposalRequest) => Promise<ProposalDetail | undefined>;
  readonly stop: () => void;
}

/** Makes a proposal, and hears how far the server is with it; leaving the page stops it. */
function useLearning(): Learning {
  const [isBusy, setBusy] = useState(false);
  const [progress, setProgress] = useState<TaskProgress>();
  const running = useRef<AbortController>(undefined);
  const hear = useCallback((event: ServerEvent) => {
    if (event.type === "progress" && running.current !== undefined) setProgress(event.isFinished ? undefined : event);
  }, []);
  useServerEvent(hear);
  const stop = useCallback(() => running.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const run = async (request: ProposalRequest): Promise<ProposalDetail | undefined> => {
    const mine = new AbortController();
    running.current = mine;
    setBusy(true);
    setProgress(undefined);
    try {
      return await send<ProposalDetail>("POST", "proposals", request, { signal: mine.signal });
    } catch (error) {
      if (mine.signal.aborted) return undefined;
      throw error;
    } finally {
      running.current = undefined;
      setBusy(false);
    }
  };
  return { isBusy, progress, run, stop };
}
