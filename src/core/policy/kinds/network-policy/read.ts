import { allAddresses } from "../../../net/ip-set.ts";
import { anyL4, formatL4Set, type L4Set } from "../../../net/l4.ts";
import { quoted } from "../../../quoted.ts";
import { everyLabel } from "../../label-selector.ts";
import type { Manifest, Path } from "../../manifest.ts";
import type { EgressPolicy, Finding, Rule } from "../../model.ts";
import { readHeader, type ReadOptions } from "../header.ts";
import { field, type Fields, Inspection } from "../inspection.ts";
import { readLabelSelector } from "../selector.ts";
import { readPeer, type ReadPeer } from "./peer.ts";
import { readPorts } from "./ports.ts";

/**
 * Reads the egress half of a `networking.k8s.io/v1` NetworkPolicy as the API server (its validation.go and defaults)
 * and OVN-Kubernetes would. A rule with several destinations becomes several rules with the same `written` index.
 * Never throws, whatever the value.
 */
export function readNetworkPolicy(
  manifest: Manifest,
  options: ReadOptions = {},
): { readonly policy?: EgressPolicy; readonly findings: readonly Finding[] } {
  const inspection = new Inspection(manifest);
  const object = inspection.fields(manifest.value, []);
  if (object === undefined) return { findings: inspection.findings };
  const { namespace, name, spec = {} } = readHeader(inspection, object, "NetworkPolicy", options);
  inspection.unknownFields(spec, ["podSelector", "policyTypes", "ingress", "egress"], ["spec"]);
  const podSelector = readPodSelector(inspection, field(spec, "podSelector"));
  const egress = field(spec, "egress");
  const written = egress === undefined ? [] : (inspection.list(egress, ["spec", "egress"]) ?? []);
  const isolates = readPolicyTypes(inspection, spec, written.length);
  const rules = written.flatMap((value, index) => readRule(inspection, value, index));
  const policy: EgressPolicy = {
    kind: "NetworkPolicy",
    namespace,
    name,
    podSelector,
    isolates,
    rules,
    otherwise: "deny",
    at: inspection.at([]),
    ruleLocations: written.map((_, index) => inspection.at(["spec", "egress", index])),
    notApplied: inspection.notApplied,
  };
  return { policy, findings: inspection.findings };
}

/** The empty selector selects every pod, which the model says as undefined. */
function readPodSelector(inspection: Inspection, value: unknown): EgressPolicy["podSelector"] {
  if (value === undefined) {
    inspection.report("np_pod_selector_missing", ["spec"], "there is no `podSelector`");
    return undefined;
  }
  const selector = readLabelSelector(inspection, value, ["spec", "podSelector"], "np_selector") ?? everyLabel;
  return selector.requirements.length === 0 ? undefined : selector;
}

/** Whether the policy isolates egress. Without `policyTypes`: Ingress always, Egress only if it has egress rules. */
function readPolicyTypes(inspection: Inspection, spec: Fields, ruleCount: number): boolean {
  const path: Path = ["spec", "policyTypes"];
  const value = field(spec, "policyTypes");
  const types = value === undefined ? [] : (inspection.list(value, path) ?? []);
  if (types.length > 2) inspection.report("np_policy_types", path, "more than two policy types");
  for (const [i, type] of types.entries()) {
    const text = inspection.text(type, [...path, i]);
    if (text !== undefined && text !== "Ingress" && text !== "Egress") {
      inspection.report("np_policy_types", [...path, i], `${quoted(text)} is neither \`Ingress\` nor \`Egress\``);
    }
  }
  if (types.length > 0) {
    const isolates = types.includes("Egress");
    if (!isolates && ruleCount > 0) {
      inspection.report(
        "np_egress_ignored",
        ["spec", "egress"],
        "`policyTypes` lacks `Egress`, so `egress` is ignored",
      );
    }
    return isolates;
  }
  if (ruleCount === 0) {
    if (field(spec, "egress") !== undefined) {
      const message = "`egress` is empty and `policyTypes` is missing, so egress is not denied";
      inspection.report("np_egress_not_isolated", ["spec", "egress"], message);
    }
    return false;
  }
  if (field(spec, "ingress") === undefined) {
    const message = "`policyTypes` is missing, so the policy denies all ingress as well";
    inspection.report("np_ingress_isolated", ["spec"], message);
  }
  return true;
}

const opened =
  "`oc apply` with its default validation refuses the object; any other way in drops the field silently: a rule " +
  "without `to` allows every destination, one without `ports` every port";

function readRule(inspection: Inspection, value: unknown, index: number): readonly Rule[] {
  const path = ["spec", "egress", index];
  // Decoding `null` into Go's struct gives an empty rule, which allows everything.
  const rule = inspection.fields(value ?? {}, path);
  if (rule === undefined) return [];
  inspection.unknownFields(rule, ["to", "ports"], path, { effect: opened });
  const l4 = readPorts(inspection, field(rule, "ports"), [...path, "ports"]);
  const peers = readPeers(inspection, field(rule, "to"), [...path, "to"]);
  if (peers === everywhere && l4 === anyL4) {
    inspection.report("np_rule_open", path, "the rule has neither destinations nor ports: it allows everything");
  }
  return peers.map(({ to, text }) => ({
    action: "allow",
    to,
    l4,
    text: `Allow ${text}${portText(l4)}`,
    written: index,
  }));
}

const everywhere: readonly ReadPeer[] = [{ to: { kind: "addresses", addresses: allAddresses }, text: "everything" }];

function readPeers(inspection: Inspection, value: unknown, path: Path): readonly ReadPeer[] {
  const list = value === undefined ? [] : inspection.list(value, path);
  if (list === undefined) return [];
  if (list.length === 0) return everywhere;
  return list.flatMap((peer, i) => readPeer(inspection, peer, [...path, i]) ?? []);
}

function portText(l4: L4Set): string {
  return l4 === anyL4 ? "" : ` ${formatL4Set(l4)}`;
}
